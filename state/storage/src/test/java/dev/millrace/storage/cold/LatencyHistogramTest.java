package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

/** Compares percentiles with those of the sorted values. */
class LatencyHistogramTest {
    @Test
    void percentiles_ofRandomDurations_areAtMostAnEighthTooHigh() {
        Random random = Seed.random("LatencyHistogramTest");
        for (int round = 0; round < 50; round++) {
            LatencyHistogram histogram = new LatencyHistogram();
            long[] values = new long[1 + random.nextInt(5_000)];
            int bits = 1 + random.nextInt(62);
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextLong() >>> (63 - random.nextInt(bits));
                values[i] = Math.max(0, values[i]);
                histogram.record(values[i]);
            }
            Arrays.sort(values);
            Latencies latencies = histogram.latencies();
            assertEquals(values.length, latencies.count());
            assertEquals(values[values.length - 1], latencies.maxNanos());
            assertPercentile(values, 0.5, latencies.p50Nanos());
            assertPercentile(values, 0.99, latencies.p99Nanos());
            assertPercentile(values, 0.999, latencies.p999Nanos());
        }
    }

    @Test
    void percentiles_ofNothing_areZero() {
        assertEquals(new Latencies(0, 0, 0, 0, 0), new LatencyHistogram().latencies());
    }

    @Test
    void record_clockThatWentBack_countsAsNothing() {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(-5);
        assertEquals(new Latencies(1, 0, 0, 0, 0), histogram.latencies());
    }

    private static void assertPercentile(long[] sorted, double share, long given) {
        long exact = sorted[(int) Math.ceil(share * sorted.length) - 1];
        assertTrue(given >= exact && given - exact <= exact / 8, () -> given + " for " + exact);
    }
}
