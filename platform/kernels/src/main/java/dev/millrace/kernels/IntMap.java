package dev.millrace.kernels;

import java.util.Arrays;

/**
 * A map from non-negative ints to ints of a fixed capacity, emptied by one increment: what de-duplicates candidates.
 * Owned by one thread.
 *
 * <p>Open addressing with linear probing at a load of at most one half, with a generation per slot as in {@link IntSet}.
 */
public final class IntMap {
    /** What {@link #get} and {@link #putIfAbsent} return for a key that is not there. */
    public static final int ABSENT = -1;

    private final int capacity;
    private final long[] keys;
    private final int[] values;
    private int generation = 1;
    private int size;

    public IntMap(int capacity) {
        if (capacity < 1 || capacity > 1 << 28) {
            throw new IllegalArgumentException("capacity is " + capacity + "; give 1 to " + (1 << 28));
        }
        this.capacity = capacity;
        int slots = Integer.highestOneBit(capacity) << 2;
        keys = new long[slots];
        values = new int[slots];
    }

    /** Stores a non-negative value unless the key has one; returns the one it had, or {@link #ABSENT}. */
    public int putIfAbsent(int key, int value) {
        int at = find(key);
        if (at >= 0) {
            return values[at];
        }
        if (size == capacity) {
            throw new IllegalStateException("the map is full with " + capacity + " keys");
        }
        keys[~at] = pack(key);
        values[~at] = value;
        size++;
        return ABSENT;
    }

    public int get(int key) {
        int at = find(key);
        return at >= 0 ? values[at] : ABSENT;
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
        if (++generation == 0) {
            Arrays.fill(keys, 0);
            generation = 1;
        }
    }

    /** A cheap mixer whose low bits depend on all bits (the finaliser of MurmurHash3). */
    static int mix(int key) {
        int h = key;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }

    private int find(int key) {
        if (key < 0) {
            throw new IllegalArgumentException("key is " + key + "; give 0 or more");
        }
        int mask = keys.length - 1;
        long wanted = pack(key);
        for (int at = mix(key) & mask; ; at = (at + 1) & mask) {
            long slot = keys[at];
            if (slot == wanted) {
                return at;
            }
            if ((int) (slot >>> 32) != generation) {
                return ~at;
            }
        }
    }

    private long pack(int key) {
        return ((long) generation << 32) | key;
    }
}
