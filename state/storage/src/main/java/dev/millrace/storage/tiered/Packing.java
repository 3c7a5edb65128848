package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.PackWriter;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies what is alive in segments to new ones, while writers and readers go on. Owned by the keeper.
 *
 * <p>A row moves in three steps: it is on disk at its new place; then its key's entry names that place, unless the row has changed
 * meanwhile; and the old segment goes when a checkpoint no longer names it.
 *
 * <p>Removals are kept, since an older record of their key may lie in another segment, which only a start without a checkpoint
 * would read.
 */
final class Packing {
    private static final long PORTION_BYTES = 4 << 20;

    private final TieredStore store;
    private final Disk disk;
    private final long storeId;
    private final List<Move> moves = new ArrayList<>();
    private long portionBytes;
    private @Nullable PackWriter writer;

    private record Move(int table, long key, long from, long to) {}

    Packing(TieredStore store, Disk disk, long storeId) {
        this.store = store;
        this.disk = disk;
        this.storeId = storeId;
    }

    void pack(List<Segment> worn) throws IOException {
        if (worn.isEmpty()) {
            return;
        }
        try {
            for (Segment segment : worn) {
                copy(segment);
            }
        } finally {
            finish();
        }
        worn.forEach(Segment::retire);
    }

    private void finish() throws IOException {
        PackWriter current = writer;
        if (current != null) {
            writer = null;
            try (current) {
                move(current);
            }
        }
    }

    /** The segment to which the next record goes: another where it would not fit. */
    private PackWriter writerFor(StoredRow row) throws IOException {
        PackWriter current = writer;
        if (current != null
                && current.hasRoomFor(row.length, store.config().log().segmentBytes())) {
            return current;
        }
        finish();
        PackWriter next = new PackWriter(store.segments(), disk, storeId);
        writer = next;
        return next;
    }

    private void copy(Segment segment) throws IOException {
        StoredRow row = new StoredRow();
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            while (scan.next(row)) {
                if (!scan.isMark()) {
                    copy(row);
                }
            }
        }
    }

    private void copy(StoredRow row) throws IOException {
        TieredTable table = store.tableById(row.table);
        boolean alive = row.table == Catalog.TABLE || row.removal || (table != null && table.isAt(row.key, row.place));
        if (!alive) {
            return;
        }
        PackWriter current = writerFor(row);
        long to = current.append(row);
        moves.add(new Move(row.table, row.key, row.place, to));
        portionBytes += row.length;
        if (portionBytes >= PORTION_BYTES) {
            move(current);
        }
    }

    private void move(PackWriter current) throws IOException {
        current.finish();
        for (Move move : moves) {
            TieredTable table = store.tableById(move.table);
            if (table == null || !table.moved(move.key, move.from, move.to)) {
                store.segments().countDead(move.to);
            }
        }
        moves.clear();
        portionBytes = 0;
    }
}
