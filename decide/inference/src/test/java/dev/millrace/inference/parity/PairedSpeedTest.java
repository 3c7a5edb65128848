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

    private LongSupplier taking(double nanos, double noise) {
        return () -> {
            double disturbed = random.nextDouble() < 0.03 ? 10 : 1;
            return (long) (nanos * disturbed * Math.exp(noise * random.nextGaussian()));
        };
    }

    private int refused(double candidateNanos) {
        return refused(candidateNanos, 0.1);
    }

    private int refused(double candidateNanos, double noise) {
        int refused = 0;
        for (int i = 0; i < TRIES; i++) {
            PairedSpeed speed = PairedSpeed.measure(taking(200_000, noise), taking(candidateNanos, noise));
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

    /** Half as long again or two thirds as long, run by run: what cannot be told closely enough does not pass either. */
    @Test
    void slowerThan_ofTwoPercentMore_onABusyMachine_refusesAlways() {
        int refused = refused(204_000, 0.5);
        assertTrue(refused >= TRIES - 2, refused + " of " + TRIES + ", seed " + seed);
    }

    @Test
    void slowerThan_ofTwoPercentLess_passesAlways() {
        int refused = refused(196_000);
        assertEquals(0, refused, "seed " + seed);
    }

    /** Whoever comes behind itself finds its data in the caches: neither must gain by it, nor the answer be less sure. */
    @Test
    void slowerThan_whereCachesCount_tellsAsWellAsWhereTheyDoNot() {
        assertNull(besideCaches(1).slowerThan(1), "seed " + seed);
        String refusal = besideCaches(1.02).slowerThan(1);
        assertNotNull(refusal, "seed " + seed);
        assertTrue(refusal.contains("less than"), refusal);
    }

    private PairedSpeed besideCaches(double times) {
        Object[] cached = {this};
        return PairedSpeed.measure(
                () -> besideCaches(cached, "original", 100_000),
                () -> besideCaches(cached, "candidate", 100_000 * times));
    }

    /** A tenth longer where another one ran before. */
    private long besideCaches(Object[] cached, String who, double nanos) {
        double taken = cached[0].equals(who) ? nanos : 1.1 * nanos;
        cached[0] = who;
        return (long) (taken * (1 + 0.01 * random.nextGaussian()));
    }

    @Test
    void slowerThan_ofWhatCouldNotBeMeasured_saysSo() {
        LongSupplier wild = () -> 1_000 + random.nextInt(1_000_000);
        PairedSpeed speed = PairedSpeed.measure(wild, wild, 100);
        String refusal = speed.slowerThan(1);
        assertNotNull(refusal, speed + ", seed " + seed);
        assertTrue(refusal.contains("too uncertain"), refusal);
        assertNull(speed.slowerThan(0.01), "what is fast enough by far need not be known closely");
    }
}
