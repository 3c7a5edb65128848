package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoredRow;

import java.io.IOException;
import java.util.Arrays;
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
    /** What lies together in memory of a segment, and what of it is one table's. */
    private final StoredRow[] read = new StoredRow[TableUpkeep.TOGETHER];

    private final StoredRow[] rows = new StoredRow[TableUpkeep.TOGETHER];

    WarmUp(TieredStore store, StoreCheckpoints checkpoints) {
        this.store = store;
        this.checkpoints = checkpoints;
        store.tables().forEach(table -> open.put(table.id(), table));
        Arrays.setAll(read, _ -> new StoredRow());
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
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            for (int count = scan.next(read); count > 0 && !open.isEmpty(); count = scan.next(read)) {
                take(count);
            }
        }
    }

    /** By runs of rows of one table. */
    private void take(int count) {
        int run = 0;
        for (int i = 0; i < count; i++) {
            if (run > 0 && rows[0].table != read[i].table) {
                warm(run);
                run = 0;
            }
            if (!read[i].removal && open.containsKey(read[i].table)) {
                rows[run++] = read[i];
            }
        }
        warm(run);
    }

    private void warm(int count) {
        TieredTable table = count == 0 ? null : open.get(rows[0].table);
        if (table != null && !table.upkeep().warm(rows, count)) {
            open.remove(rows[0].table);
        }
    }
}
