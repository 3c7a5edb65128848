package dev.millrace.benchmarks.store.measure;

import dev.millrace.benchmarks.store.engine.RowSource;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Batches of keys, drawn before the clock runs and asked for in a circle. Owned by one thread.
 *
 * <p>The rows behind neighbouring ranks are far apart in every store: a rank is multiplied with a number that shares no
 * factor with the count of rows, and the row's key is mixed again.
 */
public final class KeyBatches {
    public static final int BATCH = 500;

    private static final int BATCHES = 4000;
    private static final long SPREAD = 2_654_435_761L;

    private final long[] rows = new long[BATCHES * BATCH];
    private final long[] keys = new long[BATCHES * BATCH];
    private int at;

    private KeyBatches(RowSource source, LongSupplier ranks) {
        long spread = coprime(source.count());
        for (int i = 0; i < keys.length; i++) {
            rows[i] = Math.floorMod(ranks.getAsLong() * spread, source.count());
            keys[i] = source.key(rows[i]);
        }
    }

    public static KeyBatches zipf(RowSource source, double exponent, long seed) {
        return new KeyBatches(source, new Zipf(source.count(), exponent, new SplittableRandom(seed))::next);
    }

    public static KeyBatches uniform(RowSource source, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new KeyBatches(source, () -> random.nextLong(source.count()));
    }

    public void next(long[] batch) {
        System.arraycopy(keys, step(), batch, 0, BATCH);
    }

    /** The numbers of the rows instead of their keys. */
    public void nextRows(long[] batch) {
        System.arraycopy(rows, step(), batch, 0, BATCH);
    }

    private int step() {
        int from = at;
        at = at + BATCH == keys.length ? 0 : at + BATCH;
        return from;
    }

    private static long coprime(long count) {
        long spread = SPREAD;
        while (gcd(spread, count) != 1) {
            spread += 2;
        }
        return spread;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
