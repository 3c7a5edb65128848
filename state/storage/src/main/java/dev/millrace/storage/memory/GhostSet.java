package dev.millrace.storage.memory;

import dev.millrace.kernels.LargeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Remembers which keys left not long ago, by 32 bits of their hash. Owned by one thread.
 *
 * <p>A table of four cells to a set, each the fingerprint of a key and the turn when it came; a key is forgotten after as
 * many others as there are rows, or when its set is full and it is the oldest. A key that was never here is found with probability about 2^-30.
 */
final class GhostSet {
    private static final int WAYS = 4;
    /** A fingerprint and a turn. */
    private static final int CELL_BYTES = 8;
    /** So many that their cells still have numbers. */
    private static final int MOST_SETS = 1 << 28;

    /** Outside the heap: costs nothing until it is used, and no collection copies it. */
    private final MemorySegment fingerprints;

    private final MemorySegment turns;
    private final int setMask;
    private final int lifetime;
    private int turn;

    GhostSet(int rows) {
        int sets = sets(rows);
        this.fingerprints = LargeMemory.allocate((long) Integer.BYTES * WAYS * sets, Arena.ofAuto());
        this.turns = LargeMemory.allocate((long) Integer.BYTES * WAYS * sets, Arena.ofAuto());
        this.setMask = sets - 1;
        this.lifetime = Math.max(1, rows);
    }

    private static int sets(long rows) {
        return (int) Math.min(MOST_SETS, Long.highestOneBit(Math.max(1, rows / WAYS)) * 2);
    }

    /** What one for so many rows takes. */
    static long bytesFor(long rows) {
        return (long) sets(rows) * WAYS * CELL_BYTES;
    }

    void add(long key) {
        turn++;
        long hash = CellIndex.hash(key);
        long set = (long) ((int) hash & setMask) * WAYS;
        long oldest = set;
        for (long i = set + 1; i < set + WAYS; i++) {
            if (get(fingerprints, i) == 0 || turn - get(turns, i) > turn - get(turns, oldest)) {
                oldest = i;
            }
        }
        fingerprints.setAtIndex(ValueLayout.JAVA_INT, oldest, fingerprint(hash));
        turns.setAtIndex(ValueLayout.JAVA_INT, oldest, turn);
    }

    boolean remove(long key) {
        if (turn == 0) {
            // While memory is filled nobody has left, and each look would cost two misses.
            return false;
        }
        long hash = CellIndex.hash(key);
        long set = (long) ((int) hash & setMask) * WAYS;
        int fingerprint = fingerprint(hash);
        for (long i = set; i < set + WAYS; i++) {
            if (get(fingerprints, i) == fingerprint && turn - get(turns, i) < lifetime) {
                fingerprints.setAtIndex(ValueLayout.JAVA_INT, i, 0);
                return true;
            }
        }
        return false;
    }

    long bytes() {
        return fingerprints.byteSize() + turns.byteSize();
    }

    private static int get(MemorySegment cells, long at) {
        return cells.getAtIndex(ValueLayout.JAVA_INT, at);
    }

    private static int fingerprint(long hash) {
        int upper = (int) (hash >>> 32);
        return upper == 0 ? 1 : upper;
    }
}
