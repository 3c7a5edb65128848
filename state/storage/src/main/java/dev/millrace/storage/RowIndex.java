package dev.millrace.storage;

import dev.millrace.kernels.LargeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The map from keys to row slots of a {@link MemoryRowTable}. Written by one thread, read by any.
 *
 * <p>Open addressing with linear probing over 16-byte cells that start at a 64-byte boundary, four to a cache line:
 *
 * <pre>
 *   0        8                 16
 *   | key    | entry           |    entry = change number (32 bits) : slot + 1 (32 bits)
 * </pre>
 *
 * Entry 0 is an empty cell, slot + 1 = 0 a removed key. A cell never changes its key once it has one, and a key never
 * changes its cell, so a reader that finds the key twice with the same entry knows that nothing happened between. At
 * most 3/4 of the cells are used; beyond that the table makes another index.
 */
final class RowIndex {
    static final long EMPTY = 0;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final long CELL = 16;
    private static final int CELLS_PER_LINE = 4;

    private final MemorySegment cells;
    private final long lineMask;
    private final long cellMask;
    private final long usableCells;
    private long usedCells;

    /** @param cellCount a power of two, at least 8 */
    RowIndex(long cellCount) {
        this.cells = LargeMemory.allocate(cellCount * CELL, Arena.ofAuto());
        this.lineMask = cellCount / CELLS_PER_LINE - 1;
        this.cellMask = cellCount * CELL - 1;
        this.usableCells = cellCount / 4 * 3;
    }

    /** The index for that many keys, filled to at most half, so that it lasts a while. */
    static RowIndex sizedFor(long keys) {
        return new RowIndex(Math.max(8, Long.highestOneBit(Math.max(1, keys * 2 - 1)) * 2));
    }

    /** The position where the search for a key begins. */
    long home(long key) {
        return (mix(key) & lineMask) * (CELL * CELLS_PER_LINE);
    }

    /** Reads the cell at a position for no other purpose than to have its line in the cache. */
    long touch(long position) {
        return cells.get(ValueLayout.JAVA_LONG, position);
    }

    /** The position of the key's cell, or of the empty cell that ends its search. */
    long find(long key, long home) {
        long position = home;
        while (true) {
            long entry = (long) LONG.getAcquire(cells, position + 8);
            if (entry == EMPTY || cells.get(ValueLayout.JAVA_LONG, position) == key) {
                return position;
            }
            position = (position + CELL) & cellMask;
        }
    }

    /**
     * Whether the entry that was just read at the position is the key's. A search may end at an empty cell that another
     * key takes before its entry is read: then it is that key's entry, and the search must go on.
     */
    boolean isOf(long key, long position, long entry) {
        return entry == EMPTY || cells.get(ValueLayout.JAVA_LONG, position) == key;
    }

    long entry(long position) {
        return (long) LONG.getAcquire(cells, position + 8);
    }

    long key(long position) {
        return cells.get(ValueLayout.JAVA_LONG, position);
    }

    boolean isFull() {
        return usedCells >= usableCells;
    }

    /** Gives the key at a position, which {@link #find} returned, another slot. */
    void set(long position, long key, long entry) {
        if (entry(position) == EMPTY) {
            usedCells++;
            cells.set(ValueLayout.JAVA_LONG, position, key);
        }
        LONG.setRelease(cells, position + 8, entry);
    }

    long bytes() {
        return cells.byteSize();
    }

    static long entry(long changeNumber, int slot) {
        return (changeNumber << 32) | ((slot + 1) & 0xFFFF_FFFFL);
    }

    /** @return −1 when the entry is empty or removed */
    static int slot(long entry) {
        return (int) entry - 1;
    }

    /** The finaliser of MurmurHash3: every input bit changes every output bit with probability near 1/2. */
    private static long mix(long key) {
        long h = key;
        h ^= h >>> 33;
        h *= 0xFF51AFD7ED558CCDL;
        h ^= h >>> 33;
        h *= 0xC4CEB9FE1A85EC53L;
        return h ^ (h >>> 33);
    }
}
