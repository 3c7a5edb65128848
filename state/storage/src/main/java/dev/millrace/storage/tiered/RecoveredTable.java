package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.StartingCells;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A table while the store opens: its index, and what the log that is replayed changes in it. Owned by the opening thread.
 *
 * <p>A mapped index is left as it is, since each change would copy a page of it and read a block: what changes goes to a
 * {@link Delta} in memory. So opening takes as long as the log behind the checkpoint is, whatever the size of the table.
 */
final class RecoveredTable {
    private final int id;
    private final Segments segments;
    private TableSpec spec;
    private View view;
    /** What the log changed, where the index is not to be touched: as long as it is little, and else. */
    private @Nullable StartingCells firstChanges;

    private @Nullable CellIndex changes;

    private long size;

    /** @param size how many rows there are, at most, as {@link #size()} */
    RecoveredTable(int id, TableSpec spec, Segments segments, View view, long size) {
        this.id = id;
        this.spec = spec;
        this.segments = segments;
        this.view = view;
        this.size = size;
    }

    static RecoveredTable empty(int id, TableSpec spec, Segments segments) {
        return new RecoveredTable(id, spec, segments, new View(CellIndex.sizedFor(16)), 0);
    }

    int id() {
        return id;
    }

    TableSpec spec() {
        return spec;
    }

    /** The rows' size is theirs, but for a limit, which may grow; the rest may be another now. */
    void respecify(TableSpec other) {
        if (!other.size().includes(spec.size())) {
            throw new IllegalArgumentException("table " + spec.name() + " has rows of " + spec.size() + " on disk, not "
                    + other.size() + "; make another table");
        }
        if (other.personal() != spec.personal()) {
            throw new IllegalArgumentException("table " + spec.name() + " is " + (spec.personal() ? "" : "not ")
                    + "personal on disk; make another table");
        }
        if (!other.placement().isDurable()) {
            throw new IllegalArgumentException(
                    "table " + spec.name() + " has rows on disk and cannot become volatile; make another table");
        }
        spec = other;
    }

    /** The index with all that is known to have changed. */
    View view() {
        settleChanges();
        CellIndex last = changes;
        if (last == null) {
            return view;
        }
        List<Delta> deltas = new ArrayList<>();
        deltas.add(new Delta(last, null, true));
        deltas.addAll(view.deltas());
        return new View(view.index(), view.unchecked(), deltas);
    }

    /** How many rows there are; where deltas hide some of the index, which are then counted twice, at most so many. */
    long size() {
        return size;
    }

    /** Does what a record says. */
    void apply(StoredRow row) {
        if (changes == null && !view.isSettled()) {
            applyFirst(row);
            return;
        }
        CellIndex index = changes == null ? indexWithRoom() : changesWithRoom(changes);
        long position = index.find(row.key, index.home(row.key));
        long old = index.entry(position);
        if (!row.removal || old != CellIndex.EMPTY || !view.isSettled()) {
            index.set(position, row.key, next(old, row));
        }
        count(old, row);
    }

    private void applyFirst(StoredRow row) {
        StartingCells cells = firstChanges;
        if (cells == null) {
            cells = new StartingCells();
            firstChanges = cells;
        }
        int at = cells.find(row.key);
        long old = cells.entry(at);
        cells.set(at, row.key, next(old, row));
        count(old, row);
        if (cells.isFull()) {
            settleChanges();
        }
    }

    private static long next(long old, StoredRow row) {
        return row.removal ? CellIndex.removed(old) : CellIndex.next(old, false, row.place);
    }

    private void count(long old, StoredRow row) {
        boolean was = CellIndex.place(old) >= 0;
        if (was) {
            segments.countDead(CellIndex.place(old));
        }
        if (row.removal) {
            segments.countDead(row.place);
        }
        size += (row.removal ? 0 : 1) - (was ? 1 : 0);
    }

    private void settleChanges() {
        if (firstChanges != null) {
            changes = firstChanges.toIndex();
            firstChanges = null;
        }
    }

    private CellIndex indexWithRoom() {
        if (view.index().isFull()) {
            view = view.enlarged(size);
        }
        return view.index();
    }

    private CellIndex changesWithRoom(CellIndex last) {
        CellIndex index = last.isFull() ? last.enlarged(4, Arena.ofAuto()) : last;
        changes = index;
        return index;
    }

    /**
     * Counts all rows as no longer wanted.
     *
     * @throws dev.millrace.model.MillraceException {@code STORAGE_FAILED} when all are counted that are not in a damaged block
     */
    void forget() {
        view().visitCounted(entry -> segments.countDead(CellIndex.place(entry)));
    }
}
