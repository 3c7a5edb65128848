package dev.millrace.storage.tiered;

import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Takes the rows of people whose keys were dropped out of a personal table. Thread-safe; works under the table's lock, in
 * portions.
 *
 * <p>What was in memory goes at once, and the row under the person's own key. Whose another row on disk is, only the row itself
 * tells: it reads as absent from the drop on, and goes when it is packed.
 */
final class RowErasure {
    /** Cells that are looked at before others get their turn: a megabyte of index. */
    private static final long SWEPT_AT_ONCE = 1 << 16;

    private final TieredTable table;
    private final ResidentRows residents;
    private final TieredTable.Shared shared;

    RowErasure(TieredTable table, ResidentRows residents, TieredTable.Shared shared) {
        this.table = table;
        this.residents = residents;
        this.shared = shared;
    }

    /**
     * Erases a person's rows, as far as the class says.
     *
     * @throws MillraceException {@code STORAGE_FAILED} where the disk does not take the removals: memory has no row any more, but a
     *     start would find entries of rows that nobody can read
     */
    void erase(SubjectId subject) {
        table.upkeep().settle();
        MillraceException failure = null;
        View swept = null;
        long position = 0;
        while (swept == null || position < swept.index().end()) {
            table.lock().lock();
            try {
                if (table.view() != swept) {
                    swept = table.view();
                    position = swept.index().start();
                }
                long end = Math.min(swept.index().end(), position + SWEPT_AT_ONCE * CellIndex.CELL_BYTES);
                failure = erase(subject, swept.index(), position, end, failure);
                position = end;
            } finally {
                table.lock().unlock();
            }
        }
        failure = eraseOwn(subject, failure);
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable MillraceException erase(
            SubjectId subject, CellIndex index, long from, long to, @Nullable MillraceException before) {
        MillraceException failure = before;
        for (long position = from; position < to; position += CellIndex.CELL_BYTES) {
            if (residents.isOf(subject, index.entry(position))) {
                failure = removeAt(position, failure);
            }
        }
        return failure;
    }

    /** Memory first: the disk may be full, and what lies there cannot be read. */
    private @Nullable MillraceException removeAt(long position, @Nullable MillraceException before) {
        CellIndex index = table.view().index();
        long key = index.key(position);
        table.takeOut(key, position, index.entry(position));
        if (before != null) {
            return before;
        }
        try {
            shared.segments().countDead(shared.log().appendRemoval(table.id(), key));
            return null;
        } catch (MillraceException e) {
            return e;
        }
    }

    /** The row under a person's own key is found without being in memory. */
    private @Nullable MillraceException eraseOwn(SubjectId subject, @Nullable MillraceException before) {
        long key = subject.low();
        long entry = table.view().index().entry(table.view().find(key));
        if (!subject.equals(SubjectId.of(key)) || !isStored(key, entry, subject)) {
            return before;
        }
        table.lock().lock();
        try {
            long position = table.view().find(key);
            return table.view().index().entry(position) == entry ? removeAt(position, before) : before;
        } finally {
            table.lock().unlock();
        }
    }

    /** Whether the entry is that of a row on disk that is the person's. */
    private boolean isStored(long key, long entry, SubjectId subject) {
        if (CellIndex.place(entry) < 0 || CellIndex.isResident(entry)) {
            return false;
        }
        ReadScratch scratch = shared.scratches().get();
        StoredRow row = scratch.row;
        try {
            boolean there = scratch.records.read(CellIndex.place(entry), row);
            return there && row.key == key && row.table == table.id() && PersonalRows.isOf(row, subject);
        } catch (IOException e) {
            // Whoever reads the row is told.
            return false;
        }
    }

    /** Removes a row whose person's key was dropped, unless another has taken its place. */
    void eraseAt(long key, long place) {
        table.lock().lock();
        try {
            long position = table.view().find(key);
            long entry = table.view().index().entry(position);
            if (CellIndex.place(entry) >= 0 && table.homeOf(entry) == place) {
                MillraceException failure = removeAt(position, null);
                if (failure != null) {
                    throw failure;
                }
            }
        } finally {
            table.lock().unlock();
        }
    }
}
