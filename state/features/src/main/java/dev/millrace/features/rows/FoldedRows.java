package dev.millrace.features.rows;

import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Rows of longs by ordinal, folded from the events of a log. One writer; any thread reads without a lock and sees each row whole.
 *
 * <p>Idea: the first long of a row is its stamp, the offset behind the newest event in it. An event is not folded in twice: where the
 * writer had to give up between two rows of one event, it does the event again, and rows that have it stay. And before a row
 * changes for the first time since the newest snapshot, which the stamp tells, the row as it was goes into a table beside;
 * so the rows of a snapshot's offset can be had back, however far on they are: see {@link StoredTables}.
 */
public final class FoldedRows {
    private static final int STAMP = 0;

    private final int longs;
    private final long[] row;
    private final MemorySegment memory;
    private volatile RowTable table;
    private @Nullable RowTable before;
    private long keptOffset;
    private int ordinal;

    FoldedRows(int longs, RowTable table) {
        this.longs = longs;
        this.row = new long[longs];
        this.memory = MemorySegment.ofArray(row);
        this.table = table;
    }

    /** Reads rows together; an ordinal without one, −1 for instance, gives zeros. */
    public void read(int[] ordinals, int n, RowBatch into) {
        into.prepare(ordinals, n, longs);
        int found = table.getBatch(into.keys(), n, into.memory(), 0, into.found());
        into.late(found < n && table.wasOutOfReach());
    }

    /**
     * Reads a row for a change, to be ended by {@link #save}. Writer only.
     *
     * @param offset of the event that changes it
     * @return false where the event is in the row already: then there is nothing to do
     */
    public boolean edit(int ofOrdinal, long offset) {
        ordinal = ofOrdinal;
        if (!table.get(ofOrdinal, memory, 0)) {
            Reach.require(table.wasOutOfReach(), ofOrdinal);
            Arrays.fill(row, 0);
        }
        if (row[STAMP] > offset) {
            return false;
        }
        if (before != null && row[STAMP] <= keptOffset) {
            before.put(ofOrdinal, memory, 0);
        }
        row[STAMP] = offset + 1;
        return true;
    }

    /** A long of the row under change. */
    public long get(int column) {
        return row[column];
    }

    public void set(int column, long value) {
        row[column] = value;
    }

    /** Zeros everything of the row under change but its stamp. */
    public void clear() {
        Arrays.fill(row, STAMP + 1, longs, 0);
    }

    /** Shows the row under change to readers. */
    public void save() {
        table.put(ordinal, memory, 0);
    }

    /** Puts a row as of an offset, whatever was there. */
    void put(int ofOrdinal, long[] content, long offset) {
        System.arraycopy(content, 0, row, 0, longs);
        row[STAMP] = offset;
        table.put(ofOrdinal, memory, 0);
    }

    /** Puts a row as it was elsewhere. */
    void load(int ofOrdinal, WordRoom from) {
        table.put(ofOrdinal, from.memory(), 0);
    }

    /** Goes on with another table, of which nobody reads yet. */
    void use(RowTable other) {
        table = other;
        before = null;
    }

    /** From now on keeps what rows were at this offset, the present one. */
    void keepBefore(RowTable kept, long offset) {
        before = kept;
        keptOffset = offset;
    }
}
