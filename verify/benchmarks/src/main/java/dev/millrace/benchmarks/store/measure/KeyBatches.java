package dev.millrace.benchmarks.store.measure;

import dev.millrace.benchmarks.store.engine.RowSource;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Batches of keys, drawn while no clock runs. Owned by one thread.
 *
 * <p>{@link #zipf} and {@link #uniform} draw two million keys once, which are asked for in a circle. That is enough where a
 * store has all rows in memory. Where it has not, it would soon hold all that the circle asks for, since of four million rows
 * two million draws by Zipf's law are some 700,000: {@link #endless} goes on drawing.
 *
 * <p>The rows behind neighbouring ranks are far apart in every store: a rank is multiplied with a number that shares no
 * factor with the count of rows, and the row's key is mixed again.
 */
public final class KeyBatches {
    public static final int BATCH = 500;

    private static final int BATCHES = 4000;
    private static final long SPREAD = 2_654_435_761L;

    private final RowSource source;
    private final LongSupplier ranks;
    private final long spread;
    private final boolean endless;
    private final long[] rows;
    private final long[] keys;
    private int at;

    private KeyBatches(RowSource source, LongSupplier ranks, boolean endless) {
        this.source = source;
        this.ranks = ranks;
        this.spread = coprime(source.count());
        this.endless = endless;
        int drawn = endless ? BATCH : BATCHES * BATCH;
        this.rows = new long[drawn];
        this.keys = new long[drawn];
        draw(drawn);
    }

    public static KeyBatches zipf(RowSource source, double exponent, long seed) {
        return new KeyBatches(source, new Zipf(source.count(), exponent, new SplittableRandom(seed))::next, false);
    }

    public static KeyBatches uniform(RowSource source, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new KeyBatches(source, () -> random.nextLong(source.count()), false);
    }

    /** Batches by the same law that are drawn when they are asked for, instead of these. */
    public KeyBatches endless() {
        return new KeyBatches(source, ranks, true);
    }

    public void next(long[] batch) {
        System.arraycopy(keys, step(), batch, 0, BATCH);
    }

    /** The numbers of the rows instead of their keys. */
    public void nextRows(long[] batch) {
        System.arraycopy(rows, step(), batch, 0, BATCH);
    }

    private void draw(int count) {
        for (int i = 0; i < count; i++) {
            rows[i] = Math.floorMod(ranks.getAsLong() * spread, source.count());
            keys[i] = source.key(rows[i]);
        }
    }

    private int step() {
        if (endless) {
            draw(BATCH);
            return 0;
        }
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
