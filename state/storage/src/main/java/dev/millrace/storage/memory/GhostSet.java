package dev.millrace.storage.memory;

/**
 * Remembers which keys left not long ago, by 32 bits of their hash. Owned by one thread.
 *
 * <p>A table of four cells to a set, each the fingerprint of a key and the turn when it came; a key is forgotten after as
 * many others as there are rows, or when its set is full and it is the oldest. A key that was never here is found with probability about 2^-30.
 */
final class GhostSet {
    private static final int WAYS = 4;

    private final int[] fingerprints;
    private final int[] turns;
    private final int setMask;
    private final int lifetime;
    private int turn;

    GhostSet(int rows) {
        int sets = Integer.highestOneBit(Math.max(1, rows / WAYS)) * 2;
        this.fingerprints = new int[sets * WAYS];
        this.turns = new int[sets * WAYS];
        this.setMask = sets - 1;
        this.lifetime = Math.max(1, rows);
    }

    void add(long key) {
        turn++;
        long hash = CellIndex.hash(key);
        int set = ((int) hash & setMask) * WAYS;
        int oldest = set;
        for (int i = set + 1; i < set + WAYS; i++) {
            if (fingerprints[i] == 0 || turn - turns[i] > turn - turns[oldest]) {
                oldest = i;
            }
        }
        fingerprints[oldest] = fingerprint(hash);
        turns[oldest] = turn;
    }

    boolean remove(long key) {
        long hash = CellIndex.hash(key);
        int set = ((int) hash & setMask) * WAYS;
        int fingerprint = fingerprint(hash);
        for (int i = set; i < set + WAYS; i++) {
            if (fingerprints[i] == fingerprint && turn - turns[i] < lifetime) {
                fingerprints[i] = 0;
                return true;
            }
        }
        return false;
    }

    long bytes() {
        return 8L * fingerprints.length;
    }

    private static int fingerprint(long hash) {
        int upper = (int) (hash >>> 32);
        return upper == 0 ? 1 : upper;
    }
}
