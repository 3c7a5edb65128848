package dev.millrace.storage.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A {@link CellIndex} on its way: the same cells in the same order, in an array of the heap, which a JVM that has just started
 * comes to its speed with some times sooner than with native memory. Owned by one thread.
 */
public final class StartingCells {
    /** What a start replays, and more: the cells of more keys belong outside the heap. */
    public static final int MOST_KEYS = 3 << 19;

    private static final int WORDS = CellIndex.CELL_BYTES / Long.BYTES;
    private static final int LINE_WORDS = 8;
    private static final int FIRST_CELLS = 1 << 15;
    private static final int GROWTH = 4;

    private long[] cells = new long[FIRST_CELLS * WORDS];
    private int lineMask = cells.length / LINE_WORDS - 1;
    private int used;

    public StartingCells() {}

    /** Whether it takes no more keys. */
    public boolean isFull() {
        return used >= MOST_KEYS;
    }

    /** Where the key's cell is, or is to be. Good until the next {@link #set}. */
    public int find(long key) {
        int at = ((int) CellIndex.hash(key) & lineMask) * LINE_WORDS;
        while (cells[at + 1] != CellIndex.EMPTY && cells[at] != key) {
            at += WORDS;
            at = at == cells.length ? 0 : at;
        }
        return at;
    }

    public long entry(int at) {
        return cells[at + 1];
    }

    /** Gives the key whose cell {@link #find} found another entry. */
    public void set(int at, long key, long entry) {
        boolean isNew = cells[at + 1] == CellIndex.EMPTY;
        cells[at] = key;
        cells[at + 1] = entry;
        used += isNew ? 1 : 0;
        if (used > cells.length / WORDS / 4 * 3) {
            grow();
        }
    }

    private void grow() {
        long[] before = cells;
        cells = new long[before.length * GROWTH];
        lineMask = cells.length / LINE_WORDS - 1;
        for (int i = 0; i < before.length; i += WORDS) {
            if (before[i + 1] != CellIndex.EMPTY) {
                int at = find(before[i]);
                cells[at] = before[i];
                cells[at + 1] = before[i + 1];
            }
        }
    }

    /** The index; what is set here afterwards does not reach it. */
    public CellIndex toIndex() {
        CellIndex index = CellIndex.withCells(cells.length / WORDS, used);
        MemorySegment.copy(cells, 0, index.cells(), ValueLayout.JAVA_LONG, 0, cells.length);
        return index;
    }
}
