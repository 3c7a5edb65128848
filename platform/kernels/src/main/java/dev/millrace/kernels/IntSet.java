package dev.millrace.kernels;

import java.util.Arrays;

/**
 * A set of non-negative ints in one array, which is emptied in time proportional to what it holds. Owned by one thread.
 *
 * <p>Open addressing with linear probing at a load of at most one half. Each slot carries the set's generation beside
 * the key, so that {@link #clear} is one increment; the array grows by doubling and never shrinks.
 */
public final class IntSet {
    private static final int SMALLEST = 16;

    private long[] slots;
    private int generation = 1;
    private int size;

    /** @param expected how many keys fit before the first growth */
    public IntSet(int expected) {
        if (expected < 0 || expected > 1 << 28) {
            throw new IllegalArgumentException("expected is " + expected + "; give 0 to " + (1 << 28));
        }
        slots = new long[Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, expected)) << 2)];
    }

    /** Returns whether the key was not there before. */
    public boolean add(int key) {
        int at = find(key);
        if (at >= 0) {
            return false;
        }
        slots[~at] = pack(key);
        if (++size * 2 > slots.length) {
            grow();
        }
        return true;
    }

    public boolean contains(int key) {
        return find(key) >= 0;
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
        if (++generation == 0) {
            Arrays.fill(slots, 0);
            generation = 1;
        }
    }

    private int find(int key) {
        if (key < 0) {
            throw new IllegalArgumentException("key is " + key + "; give 0 or more");
        }
        int mask = slots.length - 1;
        long wanted = pack(key);
        for (int at = IntMap.mix(key) & mask; ; at = (at + 1) & mask) {
            long slot = slots[at];
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

    private void grow() {
        long[] old = slots;
        slots = new long[old.length * 2];
        for (long slot : old) {
            if ((int) (slot >>> 32) == generation) {
                slots[~find((int) slot)] = slot;
            }
        }
    }
}
