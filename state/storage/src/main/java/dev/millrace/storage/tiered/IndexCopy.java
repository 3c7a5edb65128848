package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;

import java.util.List;

/**
 * An index on its way into memory with more room, some cells at a time, while it is read and written; with it what hides its cells.
 * Guarded by the table's lock.
 *
 * <p>The index is copied first, then its deltas from the oldest to the newest, each of which overwrites what it hides. Cells before the
 * one that was reached are in both; whoever changes one of those changes it in both. A cell behind it is copied when its turn comes.
 * Since only the newest cell of a key is ever changed, and is copied last, the key's last entry wins. So nobody waits until
 * millions of cells have been copied.
 */
final class IndexCopy {
    /** Cells that are copied together: the lines of the new index that they go to come to the cache at once. */
    private static final int TOGETHER = 256;

    private final CellIndex from;
    private final List<Delta> deltas;
    private final CellIndex to;
    /** How many rows there are now, at most: those of the beginning, and what was added since. */
    private long rows;
    /** The delta that is being copied; −1 for the index. */
    private int source = -1;

    private long reached;

    /** Where the cells end that are copied now. */
    private long gathered;

    private final long[] keys = new long[TOGETHER];
    private final long[] entries = new long[TOGETHER];
    /** Where the searches for these keys begin. */
    private final long[] homes = new long[TOGETHER];
    /** Takes what loads give that only fill the cache. */
    @SuppressWarnings("UnusedVariable")
    private long sink;

    /** Sees where rows lie that a delta hides. */
    @FunctionalInterface
    interface Superseded {
        /** @param counted whether the row is counted among those that nobody wants any more */
        void at(long place, boolean counted);
    }

    /**
     * @param deltas from the oldest to the newest
     * @param rows how many there are now, at most
     */
    IndexCopy(CellIndex from, List<Delta> deltas, long rows) {
        this.from = from;
        this.deltas = List.copyOf(deltas);
        this.rows = rows;
        // One that is not crowded is copied to be settled: it keeps its size if that is enough.
        long room = from.isCrowded()
                ? rows + Math.max(rows / 2, from.freeCells())
                : Math.max(rows * 6 / 5, from.usableCells() / 4 * 3);
        this.to = CellIndex.sizedFor(room + 4);
        this.reached = from.start();
    }

    /** Copies so many cells. @return whether all are copied */
    boolean advance(long cells, Superseded superseded) {
        long left = cells;
        while (left > 0 && source < deltas.size()) {
            CellIndex now = source < 0 ? from : deltas.get(source).index();
            long count = Math.min(left, (now.end() - reached) / CellIndex.CELL_BYTES);
            long end = reached + count * CellIndex.CELL_BYTES;
            if (source < 0) {
                copyRows(end);
            } else {
                copyChanges(deltas.get(source), end, superseded);
            }
            left -= count;
            if (reached == now.end()) {
                source++;
                reached = source < deltas.size() ? deltas.get(source).index().start() : 0;
            }
        }
        return source == deltas.size();
    }

    private void copyRows(long end) {
        while (reached < end) {
            int count = gather(from, end, false);
            for (int i = 0; i < count; i++) {
                put(homes[i], keys[i], entries[i]);
            }
            reached = gathered;
        }
    }

    private void copyChanges(Delta delta, long end, Superseded superseded) {
        while (reached < end) {
            int count = gather(delta.index(), end, true);
            for (int i = 0; i < count; i++) {
                long hidden = CellIndex.place(to.entry(to.find(keys[i], homes[i])));
                if (hidden >= 0) {
                    superseded.at(hidden, !delta.replayed());
                }
                put(homes[i], keys[i], entries[i]);
            }
            reached = gathered;
        }
    }

    /**
     * Takes the next cells and has the lines on their way where they go. Keys are spread at random: one after the other, each would wait
     * for memory.
     *
     * @param removed whether keys that were removed count as well
     * @return how many cells
     */
    private int gather(CellIndex cells, long end, boolean removed) {
        int count = 0;
        long position = reached;
        for (; position < end && count < TOGETHER; position += CellIndex.CELL_BYTES) {
            long entry = cells.entry(position);
            if (removed ? entry != CellIndex.EMPTY : CellIndex.place(entry) >= 0) {
                keys[count] = cells.key(position);
                entries[count++] = entry;
            }
        }
        gathered = position;
        to.homes(keys, 0, count, homes);
        sink += RawMemory.touchAll(homes, count, 1);
        return count;
    }

    /** Whether one row more might find no room: then all is to be copied before it comes, since a copy does not grow. */
    boolean isTight() {
        return rows + 1 >= to.brimmingCells();
    }

    /** A cell has got another entry than it had. */
    void follow(long position, long key, long before, long entry) {
        if (CellIndex.place(before) < 0 && CellIndex.place(entry) >= 0) {
            rows++;
        }
        if (isCopied(position)) {
            put(to.home(key), key, entry);
        }
    }

    private boolean isCopied(long position) {
        if (from.contains(position)) {
            return source >= 0 || position < reached;
        }
        for (int i = 0; i <= source && i < deltas.size(); i++) {
            if (deltas.get(i).index().contains(position)) {
                return i < source || position < reached;
            }
        }
        return false;
    }

    private void put(long home, long key, long entry) {
        long position = to.find(key, home);
        boolean isNew = to.entry(position) == CellIndex.EMPTY;
        if (CellIndex.place(entry) >= 0 || !isNew) {
            if (isNew && to.isBrimming()) {
                // What a file says of itself may be wrong where its checksum is right.
                throw new MillraceException(
                        ErrorCode.STORAGE_FAILED,
                        "an index file holds more rows than it says; start again, which makes the index anew from the"
                                + " segments");
            }
            to.set(position, key, entry);
        }
    }

    CellIndex to() {
        return to;
    }
}
