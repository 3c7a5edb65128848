package dev.millrace.storage.segment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Records on their way to one segment, laid out as they will lie there. Owned by whoever holds the writer's lock.
 *
 * <p>What begins a page of the segment begins a page of memory too, so that whole pages can be written without the system's
 * cache.
 */
final class RecordBuffer {
    private final int capacity;
    private final ByteBuffer bytes;
    private final ByteBuffer checked;
    private final MemorySegment memory;
    private final CRC32C crc = new CRC32C();
    private long start;
    /** The offset in the segment of the buffer's first byte: where the page of {@link #start} begins. */
    private long base;
    /** Where the content ends in the buffer. */
    private int limit;

    RecordBuffer(int capacity) {
        this.capacity = capacity;
        // A page before the first record, one behind the last, one to begin at a page of memory.
        this.bytes = ByteBuffer.allocateDirect(capacity + 3 * SegmentFormat.PAGE_BYTES)
                .alignedSlice(SegmentFormat.PAGE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        this.checked = bytes.duplicate();
        this.memory = MemorySegment.ofBuffer(bytes);
    }

    /** Empties the buffer; its first byte will lie at that offset of the segment. */
    void begin(long offset) {
        start = offset;
        base = offset - offset % SegmentFormat.PAGE_BYTES;
        limit = (int) (offset - base);
    }

    boolean isEmpty() {
        return end() == start;
    }

    /** Where the next byte would lie in the segment. */
    long end() {
        return base + limit;
    }

    long start() {
        return start;
    }

    int filled() {
        return (int) (end() - start);
    }

    boolean fits(int recordBytes) {
        return SegmentFormat.fit(end(), recordBytes) + recordBytes - start <= capacity;
    }

    /**
     * Adds a record, for which there must be room.
     *
     * @param lengthWord the value's length and flags
     * @return where it lies in the segment
     */
    long append(StoredRow row, int lengthWord, MemorySegment value, long from, int length) {
        int recordBytes = SegmentFormat.recordBytes(length);
        long offset = SegmentFormat.fit(end(), recordBytes);
        int at = (int) (offset - base);
        fillWithZeros(at);
        bytes.putInt(at + SegmentFormat.LENGTH_AT, lengthWord);
        bytes.putLong(at + SegmentFormat.KEY_AT, row.key);
        bytes.putLong(at + SegmentFormat.SEQUENCE_AT, row.sequence);
        bytes.putInt(at + SegmentFormat.TABLE_AT, row.table);
        bytes.putInt(at + SegmentFormat.EXPIRY_AT, row.expiry);
        int valueAt = at + SegmentFormat.RECORD_HEADER_BYTES;
        MemorySegment.copy(value, from, memory, valueAt, length);
        crc.reset();
        crc.update(checked.limit(valueAt + length).position(at + SegmentFormat.LENGTH_AT));
        bytes.putInt(at + SegmentFormat.CRC_AT, (int) crc.getValue());
        limit = valueAt + length;
        fillWithZeros(at + recordBytes);
        return offset;
    }

    /** Fills the last page up, so that what comes next begins one. */
    void endPage() {
        int inPage = limit % SegmentFormat.PAGE_BYTES;
        if (inPage != 0) {
            fillWithZeros(limit - inPage + SegmentFormat.PAGE_BYTES);
        }
    }

    private void fillWithZeros(int until) {
        if (until - limit > SegmentFormat.RECORD_HEADER_BYTES) {
            memory.asSlice(limit, until - limit).fill((byte) 0);
            limit = until;
        }
        while (limit < until) {
            bytes.put(limit++, (byte) 0);
        }
    }

    /** What lies between two offsets of the segment. */
    ByteBuffer content(long from, long until) {
        return bytes.duplicate().limit((int) (until - base)).position((int) (from - base));
    }
}
