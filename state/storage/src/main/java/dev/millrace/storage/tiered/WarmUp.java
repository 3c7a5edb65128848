package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoredRow;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Fills memory after a start: reads segments from the newest to the oldest, in long reads, and takes in rows that are the newest
 * of their key until each table's budget is full. Owned by the keeper; readers and writers go on meanwhile.
 */
final class WarmUp {
    private final TieredStore store;
    private final StoreCheckpoints checkpoints;
    private final Map<Integer, TieredTable> open = new HashMap<>();

    WarmUp(TieredStore store, StoreCheckpoints checkpoints) {
        this.store = store;
        this.checkpoints = checkpoints;
        store.tables().forEach(table -> open.put(table.id(), table));
    }

    void run() throws IOException {
        List<Segment> segments = store.segments().all();
        for (Segment segment : segments.reversed()) {
            if (open.isEmpty()) {
                return;
            }
            boolean here = segment.isLocal() && !segment.isRetired();
            if (here && segment.written() > SegmentFormat.HEADER_BYTES) {
                read(segment);
                boolean ignored = checkpoints.keepUp();
            }
        }
    }

    private void read(Segment segment) throws IOException {
        StoredRow row = new StoredRow();
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            while (!open.isEmpty() && scan.next(row)) {
                TieredTable table = scan.isMark() || row.removal ? null : open.get(row.table);
                if (table != null && !table.upkeep().warm(row)) {
                    open.remove(row.table);
                }
            }
        }
    }
}
