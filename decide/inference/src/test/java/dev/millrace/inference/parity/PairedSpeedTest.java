package dev.millrace.inference.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** The clocks here are drawn: each run takes so long, and now and then a neighbour makes it ten times as long. */
class PairedSpeedTest {
    private static final int TRIES = 200;

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    private LongSupplier taking(double nanos) {
        return () -> {
            double disturbed = random.nextDouble() < 0.03 ? 10 : 1;
            return (long) (nanos * disturbed * Math.exp(0.1 * random.nextGaussian()));
        };
    }

    private int refused(double candidateNanos) {
        int refused = 0;
        for (int i = 0; i < TRIES; i++) {
            PairedSpeed speed = PairedSpeed.measure(taking(200_000), taking(candidateNanos));
            refused += speed.slowerThan(1) == null ? 0 : 1;
        }
        return refused;
    }

    @Test
    void slowerThan_ofTwoThatAreAsFast_refusesByChanceAlone() {
        int refused = refused(200_000);
        // 2 are to be expected; more than 9 come once in ten thousand runs of this test.
        assertTrue(refused <= 9, refused + " of " + TRIES + ", seed " + seed);
    }

    @Test
    void slowerThan_ofTwoPercentMore_refusesAlways() {
        int refused = refused(204_000);
        assertTrue(refused >= TRIES - 2, refused + " of " + TRIES + ", seed " + seed);
    }

    @Test
    void slowerThan_ofTwoPercentLess_passesAlways() {
        int refused = refused(196_000);
        assertEquals(0, refused, "seed " + seed);
    }

    /** Whoever comes second finds warm caches: neither must gain by it. */
    @Test
    void measure_whereTheSecondOfAPairIsQuicker_seesNoDifference() {
        int[] runs = {0};
        LongSupplier either = () -> runs[0]++ % 2 == 0 ? 110_000 + random.nextInt(1_000) : 100_000;
        PairedSpeed speed = PairedSpeed.measure(either, either, 1_000);
        assertTrue(speed.least() <= 1 && speed.most() >= 1, speed + ", seed " + seed);
    }

    @Test
    void slowerThan_ofWhatCouldNotBeMeasured_saysSo() {
        LongSupplier wild = () -> 1_000 + random.nextInt(1_000_000);
        PairedSpeed speed = PairedSpeed.measure(wild, wild, 200);
        String refusal = speed.slowerThan(1);
        assertNotNull(refusal, speed + ", seed " + seed);
        assertTrue(refusal.contains("too uncertain"), refusal);
        assertNull(speed.slowerThan(0.01), "what is fast enough by far need not be known closely");
    }
}
