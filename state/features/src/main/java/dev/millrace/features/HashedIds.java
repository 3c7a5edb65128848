package dev.millrace.features;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;

/**
 * Buckets for ids of which there are too many to number: the high bits of a 64-bit hash. Immutable.
 *
 * @param bits 2^bits buckets, 1 to 30
 */
public record HashedIds(int bits) {
    private static final long OFFSET = 0xCBF29CE484222325L;
    private static final long PRIME = 0x100000001B3L;

    public HashedIds {
        if (bits < 1 || bits > 30) {
            throw new IllegalArgumentException("hash bits are " + bits + "; give 1 to 30");
        }
    }

    public int buckets() {
        return 1 << bits;
    }

    /** The same in every process and version: part of what a model has learned. */
    public int bucket(CharSequence id) {
        return bucket(hash(OFFSET, id));
    }

    /** The bucket of a name and a value together. */
    public int bucket(CharSequence name, CharSequence value) {
        return bucket(hash((hash(OFFSET, name) ^ '=') * PRIME, value));
    }

    /** How well distinct ids keep apart. */
    public CollisionReport collisions(Iterator<? extends CharSequence> distinctIds) {
        BitSet used = new BitSet(buckets());
        int[] sizes = new int[buckets()];
        long ids = 0;
        while (distinctIds.hasNext()) {
            int bucket = bucket(distinctIds.next());
            used.set(bucket);
            sizes[bucket]++;
            ids++;
        }
        long shared =
                Arrays.stream(sizes).filter(size -> size > 1).asLongStream().sum();
        int largest = Arrays.stream(sizes).max().orElse(0);
        return new CollisionReport(ids, buckets(), used.cardinality(), shared, largest);
    }

    /**
     * How well distinct ids keep apart.
     *
     * @param sharing ids that are not alone in their bucket
     * @param largest how many ids the fullest bucket holds
     */
    public record CollisionReport(long ids, int buckets, int usedBuckets, long sharing, int largest) {
        /** The share of ids that are not alone. */
        public double sharingRate() {
            return ids == 0 ? 0 : (double) sharing / ids;
        }

        /** The share that a perfect hash function would have on average. */
        public double expectedRate() {
            return ids == 0 ? 0 : 1 - Math.pow(1 - 1.0 / buckets, ids - 1.0);
        }
    }

    private int bucket(long hash) {
        // FNV-1a is weak in its high bits; the finisher of MurmurHash3 spreads every bit over all.
        long mixed = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return (int) ((mixed ^ (mixed >>> 33)) >>> (Long.SIZE - bits));
    }

    private static long hash(long start, CharSequence text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        return hash;
    }
}
