package dev.millrace.storage.segment;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * Records of one segment that share one write. Guarded by the log's lock while it fills, then owned by the log's thread, which looks
 * at what is volatile at any time.
 */
final class Group {
    private static final MemorySegment NO_VALUE = MemorySegment.ofArray(new byte[0]);

    final RecordBuffer records;
    /** Nothing while the group is empty. */
    @Nullable
    Segment segment;
    /** Where the group is the first of its segment. */
    SegmentFormat.@Nullable Header header;
    /** How many records, the mark aside. */
    long count;
    /** When the first of them came. */
    long firstNanos;
    /** The log's position behind the last of them. */
    long endPosition;
    /** Up to which offset of the segment the records have been handed to the system. */
    long written;
    /** It has a record; what stands above is set from then on. */
    volatile boolean begun;
    /** Up to which offset of the segment whole pages of it can be written while it fills. */
    volatile long wholePages;
    /** No need to wait for more. */
    volatile boolean due;

    private final StoredRow mark = new StoredRow();

    Group(int bytes) {
        this.records = new RecordBuffer(bytes);
    }

    void begin(Segment of, SegmentFormat.@Nullable Header first, long offset, long sequence) {
        segment = of;
        header = first;
        records.begin(offset);
        written = offset;
        mark(records, mark, sequence);
    }

    static void mark(RecordBuffer records, StoredRow mark, long sequence) {
        mark.sequence = sequence;
        long ignored = records.append(mark, SegmentFormat.MARK_FLAG, NO_VALUE, 0, 0);
    }

    void clear() {
        segment = null;
        header = null;
        count = 0;
        begun = false;
        wholePages = 0;
        due = false;
    }
}
