package dev.millrace.inference;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The newest user vectors of one model, by the history that they came from (thread-safe, bounded, allocates nothing).
 *
 * <p>The key is a fingerprint of the whole history that the network reads, not of the user's name: a new event, an
 * erased one and another model (each has a cache of its own) all make another key, so nothing stale can be read. The
 * fingerprint is seeded at random, so that nobody can craft two histories that share one. Sets of {@value #WAYS} places
 * are overwritten in turn; locks are striped over the sets.
 */
final class UserStates {
    private static final int WAYS = 4;
    private static final int STRIPES = 64;
    private static final long ABSENT = 0;

    private final long seed = new SecureRandom().nextLong();
    private final int dimension;
    private final int setMask;
    private final long[] keys;
    private final float[] vectors;
    private final byte[] oldest;
    private final Object[] locks = new Object[STRIPES];

    /** @param capacity rounded up to a power of two, at least {@value #WAYS} */
    UserStates(int capacity, int dimension) {
        int sets = Integer.highestOneBit(Math.max(1, (capacity + WAYS - 1) / WAYS) * 2 - 1);
        this.dimension = dimension;
        this.setMask = sets - 1;
        this.keys = new long[sets * WAYS];
        this.vectors = new float[Math.multiplyExact(sets * WAYS, dimension)];
        this.oldest = new byte[sets];
        Arrays.setAll(locks, i -> new Object());
    }

    /** The key of the items {@code from} to {@code to} of a history. */
    long key(int[] history, int from, int to) {
        long hash = seed ^ to - from;
        for (int i = from; i < to; i++) {
            hash = (hash ^ history[i] + 1L) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        hash = (hash ^ seed) * 0xD6E8FEB86659FD93L;
        hash ^= hash >>> 32;
        return hash == ABSENT ? 1 : hash;
    }

    /** Copies the vector of a key, where it is known. */
    boolean read(long key, float[] into) {
        int set = (int) key & setMask;
        synchronized (locks[set & STRIPES - 1]) {
            for (int place = set * WAYS; place < (set + 1) * WAYS; place++) {
                if (keys[place] == key) {
                    System.arraycopy(vectors, place * dimension, into, 0, dimension);
                    return true;
                }
            }
        }
        return false;
    }

    void put(long key, float[] vector) {
        int set = (int) key & setMask;
        synchronized (locks[set & STRIPES - 1]) {
            int place = place(set, key);
            keys[place] = key;
            System.arraycopy(vector, 0, vectors, place * dimension, dimension);
        }
    }

    private int place(int set, long key) {
        for (int place = set * WAYS; place < (set + 1) * WAYS; place++) {
            if (keys[place] == key) {
                return place;
            }
        }
        int way = oldest[set];
        oldest[set] = (byte) ((way + 1) % WAYS);
        return set * WAYS + way;
    }
}
