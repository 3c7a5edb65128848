package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.HdrHistogram.ConcurrentHistogram;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

/** Compares percentiles with those of the sorted values. */
class LatenciesTest {
    @Test
    void percentiles_ofRandomDurations_areAtMostAHundredthTooHigh() {
        Random random = Seed.random("LatenciesTest");
        for (int round = 0; round < 50; round++) {
            ConcurrentHistogram histogram = Latencies.histogram();
            long[] values = new long[1 + random.nextInt(5_000)];
            int bits = 1 + random.nextInt(40);
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextLong() >>> (64 - bits);
                histogram.recordValue(values[i]);
            }
            Arrays.sort(values);
            Latencies latencies = Latencies.of(histogram);
            assertEquals(values.length, latencies.count());
            assertNear(values[values.length - 1], latencies.maxNanos());
            assertNear(percentile(values, 0.5), latencies.p50Nanos());
            assertNear(percentile(values, 0.99), latencies.p99Nanos());
            assertNear(percentile(values, 0.999), latencies.p999Nanos());
        }
    }

    @Test
    void percentiles_ofNothing_areZero() {
        assertEquals(new Latencies(0, 0, 0, 0, 0), Latencies.of(Latencies.histogram()));
    }

    private static long percentile(long[] sorted, double share) {
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }

    private static void assertNear(long exact, long given) {
        assertTrue(given >= exact && given - exact <= exact / 100 + 1, () -> given + " for " + exact);
    }
}
