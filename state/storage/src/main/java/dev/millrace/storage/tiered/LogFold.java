package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.RecentChanges;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.LogEnd;
import dev.millrace.storage.segment.RecordOrder;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a part of the log says last of each key, by table: where its row lies, or that it was removed. Owned by one thread; its
 * memory goes when it is closed.
 */
final class LogFold implements AutoCloseable {
    private static final int FIRST_KEYS = 1 << 10;

    private final Arena arena = Arena.ofConfined();
    private final Map<Integer, CellIndex> tables = new TreeMap<>();
    /** The table of the change before, which is often that of the next. */
    private int currentTable;

    private @Nullable CellIndex current;

    /**
     * Reads the log from one end to another, which is on disk.
     *
     * @throws DamageException where it is not as it was written
     */
    void read(Segments segments, LogEnd from, LogEnd to) throws IOException {
        for (Segment segment : segments.all()) {
            boolean isPart = segment.number() >= from.segment() && segment.number() <= to.segment();
            if (segment.kind() == SegmentKind.LOG && isPart) {
                long start = segment.number() == from.segment() ? from.bytes() : SegmentFormat.HEADER_BYTES;
                long until = segment.number() == to.segment() ? to.bytes() : segment.written();
                read(segment, Math.max(start, SegmentFormat.HEADER_BYTES), until);
            }
        }
    }

    private void read(Segment segment, long start, long until) throws IOException {
        if (start >= until) {
            return;
        }
        StoredRow row = new StoredRow();
        try (SegmentScan scan = new SegmentScan(segment.path(), segment.slot(), start, until)) {
            RecordOrder order = new RecordOrder(segment, start);
            while (scan.next(row)) {
                order.require(row, scan);
                if (!scan.isMark()) {
                    add(row.table, row.key, row.removal ? -1 : row.place);
                }
            }
            if (scan.offset() < until) {
                throw new DamageException(
                        segment.path().toString(), scan.offset(), "the segment should have " + until + " bytes");
            }
        }
    }

    /** Adds what the log remembers. */
    void add(RecentChanges.Range changes) {
        Counts counts = new Counts();
        changes.forEach(counts);
        // To grow once, where fewer than half of them name a key again, costs no more than to begin with twice the
        // room.
        counts.all().forEach((table, count) -> open(table, Math.max(FIRST_KEYS, count / 2)));
        changes.forEach(this::add);
    }

    /** How many changes each table has. A map is asked only where the table is another than that of the change before. */
    private static final class Counts implements RecentChanges.Visitor {
        private final Map<Integer, Long> counts = new TreeMap<>();
        private int table;
        private long run;

        @Override
        public void visit(int ofTable, long key, long place) {
            if (ofTable != table) {
                endRun();
                table = ofTable;
            }
            run++;
        }

        private void endRun() {
            if (run > 0) {
                counts.merge(table, run, Long::sum);
                run = 0;
            }
        }

        Map<Integer, Long> all() {
            endRun();
            return counts;
        }
    }

    private void add(int table, long key, long place) {
        CellIndex index = table == currentTable && current != null ? current : open(table, FIRST_KEYS);
        if (index.isFull()) {
            index = index.enlarged(2, arena);
            tables.put(table, index);
            current = index;
        }
        index.set(index.find(key, index.home(key)), key, CellIndex.next(0, false, place));
    }

    private CellIndex open(int table, long keys) {
        CellIndex index = tables.computeIfAbsent(table, _ -> CellIndex.sizedFor(keys, arena));
        currentTable = table;
        current = index;
        return index;
    }

    /** The tables of which the log says something, with a cell for each key. The memory is this object's. */
    Map<Integer, CellIndex> tables() {
        return Map.copyOf(tables);
    }

    @Override
    public void close() {
        arena.close();
    }
}
