package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoredRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which removals in segments that are packed still hide something. Owned by one thread.
 *
 * <p>A start without a checkpoint reads all segments and takes the newest record of each key; so the record of a removal must stay as
 * long as another file holds an older row of the key. Packing gathers the removals of its segments and looks through all
 * others for such rows. A row whose time is over is like a removal here: what is older than it must not come back.
 *
 * <p>Looking reads the whole store, so it is done only where the removals are a fair share of it; else they are kept. Memory: some
 * 40 bytes a removal, for {@link #MOST} of them.
 */
final class Removals {
    private static final Logger log = LoggerFactory.getLogger(Removals.class);

    static final int MOST = 1 << 20;
    /** For each byte of a removal so many bytes are read at most to get rid of it. */
    private static final long WORTH_READING = 256;

    private static final long NEEDED = 1;

    private final TieredStore store;
    private final Map<Integer, CellIndex> places = new HashMap<>();
    /** By place: sequence, segment number and 1 where it is needed. */
    private long[] found = new long[3 * 64];

    private int count;
    private boolean looked;

    Removals(TieredStore store) {
        this.store = store;
    }

    /** Takes note of what removes a key in a segment that is to be packed. */
    void gather(Segment segment) throws IOException {
        StoredRow row = new StoredRow();
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            while (scan.next(row)) {
                if (!scan.isMark() && count < MOST && removes(row)) {
                    add(row, segment.number());
                }
            }
        }
    }

    /** Whether the key of a removal, or of a row whose time is over, has no other row now. */
    boolean removes(StoredRow row) {
        TieredTable table = store.tableById(row.table);
        return table != null
                && (row.removal || table.upkeep().isExpired(row))
                && !table.upkeep().contains(row.key);
    }

    private void add(StoredRow row, long segment) {
        CellIndex index = places.computeIfAbsent(row.table, id -> CellIndex.sizedFor(64));
        if (index.isFull()) {
            index = new View(index).enlarged(index.usedCells()).index();
            places.put(row.table, index);
        }
        long position = index.find(row.key, index.home(row.key));
        int place = (int) CellIndex.place(index.entry(position));
        if (place < 0) {
            place = count++;
            if (found.length < 3 * count) {
                found = Arrays.copyOf(found, 2 * found.length);
            }
            index.set(position, row.key, CellIndex.next(0, false, place));
        } else if (found[3 * place] >= row.sequence) {
            return;
        }
        found[3 * place] = row.sequence;
        found[3 * place + 1] = segment;
        found[3 * place + 2] = 0;
    }

    /** Looks for older rows of the keys in all other files. */
    void look(List<Segment> all) throws IOException {
        long bytes = all.stream().mapToLong(Segment::written).sum();
        boolean worth = (long) count * SegmentFormat.recordBytes(0) * WORTH_READING >= bytes || count == MOST;
        if (count == 0 || !worth || !isAllHere(all)) {
            return;
        }
        try {
            for (Segment segment : all) {
                if (segment.written() > SegmentFormat.HEADER_BYTES) {
                    look(segment);
                }
            }
            looked = true;
        } catch (DamageException e) {
            log.error("removals are kept, since what they hide cannot be read: {}", e.getMessage());
        }
    }

    /** What lies in the cold tier would have to be fetched: while anything does, the removals stay. */
    private boolean isAllHere(List<Segment> all) {
        ColdTier cold = store.coldTier();
        return cold == null || (cold.unwanted().isEmpty() && all.stream().allMatch(Segment::isLocal));
    }

    private void look(Segment segment) throws IOException {
        StoredRow row = new StoredRow();
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            while (scan.next(row)) {
                int place = scan.isMark() || row.removal ? -1 : placeOf(row);
                if (place >= 0 && row.sequence < found[3 * place] && found[3 * place + 1] != segment.number()) {
                    found[3 * place + 2] = NEEDED;
                }
            }
        }
    }

    private int placeOf(StoredRow row) {
        CellIndex index = places.get(row.table);
        if (index == null) {
            return -1;
        }
        return (int) CellIndex.place(index.entry(index.find(row.key, index.home(row.key))));
    }

    /** Whether no other file has an older row of the key, as far as anybody looked. */
    boolean isNeedless(StoredRow row) {
        if (!looked) {
            return false;
        }
        int place = placeOf(row);
        return place >= 0 && row.sequence <= found[3 * place] && found[3 * place + 2] != NEEDED;
    }
}
