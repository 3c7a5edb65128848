package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;

/**
 * An index on its way into memory with more room, some cells at a time, while it is read and written. Guarded by the table's lock.
 *
 * <p>Cells before the one that was reached are in both; whoever changes one of those changes it in both. A cell behind it is
 * copied when its turn comes. So nobody waits until millions of cells have been copied.
 */
final class IndexCopy {
    private final CellIndex from;
    private final CellIndex to;
    private long reached;

    /** @param rows how many there are now */
    IndexCopy(CellIndex from, long rows) {
        this.from = from;
        this.to = CellIndex.sizedFor(rows + Math.max(rows / 2, from.freeCells()) + 4);
        this.reached = from.start();
    }

    /** Copies so many cells. @return whether all are copied */
    boolean advance(long cells) {
        long end = cells >= (from.end() - reached) / CellIndex.CELL_BYTES
                ? from.end()
                : reached + cells * CellIndex.CELL_BYTES;
        for (; reached < end; reached += CellIndex.CELL_BYTES) {
            long entry = from.entry(reached);
            if (CellIndex.place(entry) >= 0) {
                put(from.key(reached), entry);
            }
        }
        return reached == from.end();
    }

    /** A cell has got another entry. */
    void follow(long position, long key, long entry) {
        if (position < reached) {
            put(key, entry);
        }
    }

    private void put(long key, long entry) {
        long position = to.find(key, to.home(key));
        if (CellIndex.place(entry) >= 0 || to.entry(position) != CellIndex.EMPTY) {
            to.set(position, key, entry);
        }
    }

    CellIndex to() {
        return to;
    }
}
