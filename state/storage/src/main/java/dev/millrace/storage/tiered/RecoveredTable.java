package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;

/** A table while the store opens: its index, into which the log is replayed. Owned by the opening thread. */
final class RecoveredTable {
    private final int id;
    private final Segments segments;
    private TableSpec spec;
    private View view;
    private long size;

    RecoveredTable(int id, TableSpec spec, Segments segments, View view, long size) {
        this.id = id;
        this.spec = spec;
        this.segments = segments;
        this.view = view;
        this.size = size;
    }

    static RecoveredTable empty(int id, TableSpec spec, Segments segments) {
        return new RecoveredTable(id, spec, segments, new View(CellIndex.sizedFor(16), null), 0);
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
        spec = other;
    }

    View view() {
        return view;
    }

    long size() {
        return size;
    }

    /** Does what a record says. */
    void apply(StoredRow row) {
        if (view.index().isFull()) {
            view = view.enlarged(size);
        }
        CellIndex index = view.index();
        long position = view.find(row.key);
        long old = index.entry(position);
        boolean was = CellIndex.place(old) >= 0;
        if (was) {
            segments.countDead(CellIndex.place(old));
        }
        if (!row.removal) {
            index.set(position, row.key, CellIndex.next(old, false, row.place));
        } else {
            segments.countDead(row.place);
            if (old != CellIndex.EMPTY) {
                index.set(position, row.key, CellIndex.removed(old));
            }
        }
        size += (row.removal ? 0 : 1) - (was ? 1 : 0);
    }

    /** Forgets all rows. */
    void clear() {
        CellIndex index = view.index();
        view.verifyAll();
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            long place = CellIndex.place(index.entry(position));
            if (place >= 0) {
                segments.countDead(place);
            }
        }
    }
}
