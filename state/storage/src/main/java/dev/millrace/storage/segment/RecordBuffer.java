package dev.millrace.storage.segment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Records on their way to one segment, laid out as they will lie there. Owned by whoever holds the writer's lock. */
final class RecordBuffer {
    private final ByteBuffer bytes;
    private final ByteBuffer checked;
    private final MemorySegment memory;
    private final CRC32C crc = new CRC32C();
    private long start;
    private int filled;

    RecordBuffer(int capacity) {
        this.bytes = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        this.checked = bytes.duplicate();
        this.memory = MemorySegment.ofBuffer(bytes);
    }

    /** Empties the buffer; its first byte will lie at that offset of the segment. */
    void begin(long offset) {
        start = offset;
        filled = 0;
    }

    boolean isEmpty() {
        return filled == 0;
    }

    /** Where the next byte would lie in the segment. */
    long end() {
        return start + filled;
    }

    long start() {
        return start;
    }

    int filled() {
        return filled;
    }

    boolean fits(int recordBytes) {
        return SegmentFormat.fit(end(), recordBytes) + recordBytes - start <= bytes.capacity();
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
        int at = (int) (offset - start);
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
        filled = valueAt + length;
        fillWithZeros(at + recordBytes);
        return offset;
    }

    private void fillWithZeros(int until) {
        while (filled < until) {
            bytes.put(filled++, (byte) 0);
        }
    }

    /** What has been added, to be written at {@link #start()}. */
    ByteBuffer content() {
        return bytes.duplicate().limit(filled).position(0);
    }
}
