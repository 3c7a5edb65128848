package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoredRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;

/**
 * Takes rows whose time is over out of their tables: they are hidden from readers anyway, but they count, and their segments would
 * never be worn. Owned by the keeper.
 *
 * <p>A segment is read when about half of the rows with a time, which were left in it the last time, must have ended: at the mean
 * of their times. So each row is read a few times in its life.
 */
final class ExpirySweep {
    private static final Logger log = LoggerFactory.getLogger(ExpirySweep.class);

    private final TieredStore store;

    ExpirySweep(TieredStore store) {
        this.store = store;
    }

    void run(List<Segment> segments) throws IOException {
        boolean expires =
                store.tables().stream().anyMatch(table -> !table.spec().ttl().isZero());
        for (Segment segment : expires ? segments : List.<Segment>of()) {
            if (!segment.isRetired() && segment.nextExpiry() <= store.nowSeconds()) {
                try {
                    sweep(segment);
                } catch (DamageException e) {
                    log.error("{} is not packed, and stays until the next start: {}", segment.path(), e.getMessage());
                    segment.leaveAlone();
                    store.found().add(e);
                }
            }
        }
    }

    private void sweep(Segment segment) throws IOException {
        StoredRow row = new StoredRow();
        long sum = 0;
        long left = 0;
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            while (scan.next(row)) {
                TieredTable table = scan.isMark() || row.removal ? null : store.tableById(row.table);
                if (table != null
                        && row.expiry != 0
                        && !table.upkeep().expire(row)
                        && table.upkeep().isAt(row.key, row.place)) {
                    sum += row.expiry;
                    left++;
                }
            }
        }
        segment.setNextExpiry(left == 0 ? Integer.MAX_VALUE : (int) (sum / left));
    }
}
