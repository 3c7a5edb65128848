package dev.millrace.index;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.StampedLock;

/**
 * The most popular items of late, kept in order by exponentially decayed weight. One writer; any thread may read,
 * without a lock unless the writer gets in the way four times in a row.
 *
 * <p>Weights are kept in {@linkplain ForwardDecay forward-decayed} form, so time passing changes no order and an action
 * only ever moves its item up: the list of the best is kept sorted by moving the item past those it has overtaken.
 * Counting costs O(places gained), mostly none. The list is exact, but for removals: a removed item leaves a gap that
 * the next item counted fills, and when a quarter of the list has been lost that way it is made anew from all weights.
 */
public final class Trending {
    static final int FORMAT = 1;
    /** A double holds 2^1023; moving the base at 2^512 leaves room for weights and for a late writer. */
    private static final double MAX_HALF_LIVES = 512;

    private static final int OPTIMISTIC_TRIES = 4;

    private final StampedLock lock = new StampedLock();
    private final ForwardDecay decay;
    private final int[] top;
    private int size;
    private int lost;
    private double[] weights = new double[1_024];
    /** Place in {@link #top} plus one by item; 0 for an item that is not there. */
    private int[] places = new int[1_024];

    private long baseMillis = Long.MIN_VALUE;

    public Trending(TrendingConfig config) {
        decay = new ForwardDecay(config.halfLife().toMillis());
        top = new int[config.capacity()];
    }

    /** Counts an action of the given weight, above 0. */
    public void record(int item, float weight, long millis) {
        Bounds.requireOrdinal(item);
        Bounds.require("weight", weight, Float.MIN_VALUE, 1e9);
        long stamp = lock.writeLock();
        try {
            ensure(item);
            moveBase(millis);
            weights[item] += weight * decay.growth(baseMillis, millis);
            rise(item);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Forgets what was counted of an item. */
    public void remove(int item) {
        Bounds.requireOrdinal(item);
        long stamp = lock.writeLock();
        try {
            if (item < weights.length && weights[item] > 0) {
                weights[item] = 0;
                drop(item);
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** The decayed weight of an item. */
    public float score(int item, long nowMillis) {
        long stamp = lock.readLock();
        try {
            return item >= 0 && item < weights.length ? (float) (weights[item] * shrink(nowMillis)) : 0;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /**
     * How popular an item is beside the most popular one, from 0 to 1: 1 for that one, a half at 2^−8 of its weight. Takes
     * no lock: while the writer is at work it may be off by one action.
     */
    public float standing(int item) {
        double[] seen = weights;
        int first = top[0];
        if (item < 0 || item >= seen.length || first >= seen.length || seen[item] == 0) {
            return 0;
        }
        int halvings = Math.max(0, Math.getExponent(seen[first]) - Math.getExponent(seen[item]));
        return 8f / (8 + halvings);
    }

    /** Reads up to {@code limit} items, most popular first, with their decayed weights; returns how many. */
    public int top(int limit, long nowMillis, int[] ordinals, float[] scores) {
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            long stamp = lock.tryOptimisticRead();
            if (stamp != 0) {
                int count = copyTop(limit, nowMillis, ordinals, scores);
                if (lock.validate(stamp)) {
                    return count;
                }
            }
        }
        long stamp = lock.readLock();
        try {
            return copyTop(limit, nowMillis, ordinals, scores);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /** Writes everything, to be read by {@link #load}. Writer only. */
    public void save(DataOutput out) throws IOException {
        capture().write(out, Integer.MAX_VALUE);
    }

    /** Everything as it is now, to be written while it goes on. Writer only. */
    public TrendingCapture capture() {
        return new TrendingCapture(decay.halfLifeMillis(), baseMillis, weights.clone());
    }

    /** Replaces everything by what {@link #save} wrote; the half-life must be the same. Writer only. */
    public void load(DataInput in) throws IOException {
        Formats.require("trending", in.readInt(), FORMAT);
        long savedHalfLife = in.readLong();
        long savedBase = in.readLong();
        int filled = in.readInt();
        long stamp = lock.writeLock();
        try {
            clear();
            baseMillis = savedBase;
            for (int i = 0; i < filled; i++) {
                int item = Formats.ordinal("trending", in.readInt());
                ensure(item);
                weights[item] = in.readDouble();
            }
            Formats.requireSame("trending half-life in milliseconds", savedHalfLife, decay.halfLifeMillis());
            refill();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    // Runs unlocked: the writer may change anything meanwhile, so that nothing read here may be trusted as an index.
    private int copyTop(int limit, long nowMillis, int[] ordinals, float[] scores) {
        double[] seen = weights;
        int count = Math.min(Math.min(limit, size), top.length);
        double shrink = shrink(nowMillis);
        for (int i = 0; i < count; i++) {
            int item = top[i];
            ordinals[i] = item;
            scores[i] = item < seen.length ? (float) (seen[item] * shrink) : 0;
        }
        return count;
    }

    private double shrink(long nowMillis) {
        return baseMillis == Long.MIN_VALUE ? 0 : 1 / decay.growth(baseMillis, nowMillis);
    }

    private void moveBase(long millis) {
        if (baseMillis == Long.MIN_VALUE) {
            baseMillis = millis;
        } else if (decay.halfLives(baseMillis, millis) > MAX_HALF_LIVES) {
            double factor = 1 / decay.growth(baseMillis, millis);
            for (int i = 0; i < weights.length; i++) {
                weights[i] *= factor;
            }
            baseMillis = millis;
        }
    }

    private void rise(int item) {
        int place = places[item] - 1;
        if (place < 0) {
            if (size == top.length) {
                if (weights[item] <= weights[top[size - 1]]) {
                    return;
                }
                places[top[--size]] = 0;
            }
            place = size++;
        }
        for (; place > 0 && weights[top[place - 1]] < weights[item]; place--) {
            put(place, top[place - 1]);
        }
        put(place, item);
    }

    private void put(int place, int item) {
        top[place] = item;
        places[item] = place + 1;
    }

    private void drop(int item) {
        int place = places[item] - 1;
        if (place < 0) {
            return;
        }
        places[item] = 0;
        size--;
        for (int i = place; i < size; i++) {
            put(i, top[i + 1]);
        }
        if (++lost > top.length / 4) {
            refill();
        }
    }

    private void refill() {
        Arrays.fill(places, 0);
        size = 0;
        lost = 0;
        for (int item = 0; item < weights.length; item++) {
            if (weights[item] > 0) {
                rise(item);
            }
        }
    }

    private void clear() {
        Arrays.fill(weights, 0);
        Arrays.fill(places, 0);
        size = 0;
        lost = 0;
    }

    private void ensure(int item) {
        if (item >= weights.length) {
            int length = Math.max(item + 1, weights.length + (weights.length >> 1));
            weights = Arrays.copyOf(weights, length);
            places = Arrays.copyOf(places, length);
        }
    }
}
