package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.RecordBatch;
import dev.millrace.storage.segment.RecordReader;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.StoredRow;
import dev.millrace.storage.together.CoAccessOrder;
import dev.millrace.storage.together.KeySets;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/** The rows of a table in the order in which packing is to write them: those that are asked for together, together. Immutable. */
final class RowOrder {
    private final TieredTable table;
    private final long[] keys;

    private RowOrder(TieredTable table, long[] keys) {
        this.table = table;
        this.keys = keys;
    }

    /** Takes what a row has at most for its size, or what records have on average where values have sizes of their own. */
    static RowOrder of(TieredTable table, KeySets together, List<Segment> segments) {
        int recordBytes = table.spec().isVariable()
                ? meanRecordBytes(segments)
                : SegmentFormat.recordBytes(table.spec().storedBytes());
        KeySets present = together.only(key -> table.upkeep().contains(key));
        return new RowOrder(table, CoAccessOrder.of(present, Math.max(1, SegmentFormat.PAGE_BYTES / recordBytes)));
    }

    private static int meanRecordBytes(List<Segment> segments) {
        long bytes = segments.stream().mapToLong(Segment::written).sum();
        long records = segments.stream().mapToLong(Segment::records).sum();
        return (int) Math.max(SegmentFormat.UNIT_BYTES, bytes / Math.max(1, records));
    }

    /** Takes a row as it lies in its segment. */
    interface Visitor {
        void visit(StoredRow row) throws IOException;
    }

    /** Work that must not wait until all rows are read. */
    interface Meanwhile {
        void work() throws IOException;
    }

    /**
     * Reads the rows, as far as they lie in those segments.
     *
     * @param meanwhile is done between batches
     */
    void forEach(TieredStore store, List<Segment> segments, Visitor visitor, Meanwhile meanwhile) throws IOException {
        BitSet slots = new BitSet();
        segments.forEach(segment -> slots.set(segment.slot()));
        RecordReader single = new RecordReader(store.segments());
        StoredRow row = new StoredRow();
        long[] places = new long[RecordBatch.CAPACITY];
        int count = 0;
        for (int i = 0; i < keys.length; i++) {
            long place = table.upkeep().placeOf(keys[i]);
            if (place >= 0 && slots.get(SegmentFormat.slot(place))) {
                places[count++] = place;
            }
            if (count == places.length || (count > 0 && i == keys.length - 1)) {
                read(store.readPool(), single, places, count, row, visitor);
                meanwhile.work();
                count = 0;
            }
        }
    }

    private static void read(
            ReadPool pool, RecordReader single, long[] places, int count, StoredRow row, Visitor visitor)
            throws IOException {
        RecordBatch batch = pool.takeBatch();
        RecordBatch read = batch != null && isRead(batch, places, count) ? batch : null;
        try {
            for (int i = 0; i < count; i++) {
                if ((read != null && read.row(i, row)) || single.read(places[i], row)) {
                    visitor.visit(row);
                }
            }
        } finally {
            if (batch != null) {
                pool.giveBack(batch);
            }
        }
    }

    private static boolean isRead(RecordBatch batch, long[] places, int count) {
        try {
            batch.begin(places, count);
            return batch.settle();
        } catch (IOException e) {
            // Whatever it is, reading one by one tells which file has it.
            return false;
        }
    }
}
