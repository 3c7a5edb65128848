package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.LogEnd;
import dev.millrace.storage.segment.RecordOrder;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;

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
                    add(row);
                }
            }
            if (scan.offset() < until) {
                throw new DamageException(
                        segment.path().toString(), scan.offset(), "the segment should have " + until + " bytes");
            }
        }
    }

    private void add(StoredRow row) {
        CellIndex index = tables.get(row.table);
        if (index == null) {
            index = CellIndex.sizedFor(FIRST_KEYS, arena);
            tables.put(row.table, index);
        } else if (index.isFull()) {
            index = index.enlarged(2, arena);
            tables.put(row.table, index);
        }
        long position = index.find(row.key, index.home(row.key));
        index.set(position, row.key, CellIndex.next(0, false, row.removal ? -1 : row.place));
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
