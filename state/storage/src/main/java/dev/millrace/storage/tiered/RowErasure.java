package dev.millrace.storage.tiered;

import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexFile;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/**
 * Takes the rows of people whose keys were dropped out of a personal table. Thread-safe; works under the table's lock, in
 * portions.
 *
 * <p>What was in memory goes at once, whatever the state of the index on disk, and the row under the person's own key. Whose another row on disk is, only the row itself
 * tells: it reads as absent from the drop on, and goes when it is packed.
 */
final class RowErasure {
    private static final Logger log = LoggerFactory.getLogger(RowErasure.class);

    /** Bytes of cells that are looked at before others get their turn. */
    private static final long SWEPT_AT_ONCE = 16L * IndexFile.BLOCK_BYTES;

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
        MillraceException failure = eraseOwn(subject, sweep(subject));
        if (failure != null) {
            throw failure;
        }
    }

    /** Again where the index has been replaced meanwhile. */
    private @Nullable MillraceException sweep(SubjectId subject) {
        MillraceException failure = null;
        View swept;
        do {
            swept = table.view();
            for (CellIndex cells : swept.cells()) {
                for (long at = cells.start(); at < cells.end(); at += SWEPT_AT_ONCE) {
                    failure = sweep(subject, swept, cells, at, failure);
                }
            }
        } while (isReplaced(swept));
        return failure;
    }

    private @Nullable MillraceException sweep(
            SubjectId subject, View swept, CellIndex cells, long from, @Nullable MillraceException before) {
        table.lock().lock();
        try {
            MillraceException failure = before;
            long end = Math.min(cells.end(), from + SWEPT_AT_ONCE);
            for (long block = from; block < end && !isReplaced(swept); block += IndexFile.BLOCK_BYTES) {
                // What nobody has used yet, damaged or not, has no row in memory.
                if (swept.isVerified(cells, block)) {
                    failure = erase(subject, cells, block, Math.min(end, block + IndexFile.BLOCK_BYTES), failure);
                }
            }
            return failure;
        } finally {
            table.lock().unlock();
        }
    }

    @SuppressWarnings("ReferenceEquality") // A view has no value; each is another.
    private boolean isReplaced(View swept) {
        return table.view() != swept;
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
        if (!subject.equals(SubjectId.of(key))) {
            return before;
        }
        try {
            long entry = table.view().index().entry(table.view().find(key));
            return isStored(key, entry, subject) ? eraseEntry(key, entry, before) : before;
        } catch (MillraceException e) {
            if (!(e.getCause() instanceof DamageException)) {
                throw e;
            }
            log.warn(
                    "table {}: the entry of an erased row may be in a damaged part of the index, and stays until the next"
                            + " start; the row reads as absent: {}",
                    table.spec().name(),
                    e.getMessage());
            return before;
        }
    }

    private @Nullable MillraceException eraseEntry(long key, long entry, @Nullable MillraceException before) {
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
