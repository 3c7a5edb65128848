package dev.millrace.storage.segment;

import dev.millrace.kernels.RawMemory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
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
    private final long address;
    private final CRC32C crc = new CRC32C();
    private long start;
    /** The offset in the segment of the buffer's first byte: where the page of {@link #start} begins. */
    private long base;
    /** Where the content ends in the buffer. */
    private int limit;
    /** Up to where in the buffer records have their checksums. Of the thread that asks for the content. */
    private int summed;

    RecordBuffer(int capacity) {
        this.capacity = capacity;
        // A page before the first record, one behind the last, one to begin at a page of memory.
        this.bytes = ByteBuffer.allocateDirect(capacity + 3 * SegmentFormat.PAGE_BYTES)
                .alignedSlice(SegmentFormat.PAGE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        this.checked = bytes.duplicate();
        this.memory = MemorySegment.ofBuffer(bytes);
        this.address = memory.address();
    }

    /** Empties the buffer; its first byte will lie at that offset of the segment. */
    void begin(long offset) {
        start = offset;
        base = offset - offset % SegmentFormat.PAGE_BYTES;
        limit = (int) (offset - base);
        summed = limit;
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
        Objects.checkFromIndexSize(valueAt, length, bytes.capacity());
        RawMemory.copy(value, from, address + valueAt, length);
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

    /**
     * What lies between two offsets of the segment, each of the records with its checksum. Asked for from the front to the back, by one
     * thread, which need not be the one that appends: checksums are its work.
     */
    ByteBuffer content(long from, long until) {
        checksum((int) (until - base));
        return bytes.duplicate().limit((int) (until - base)).position((int) (from - base));
    }

    /** Gives records their checksums, up to the last that begins before {@code until}. */
    private void checksum(int until) {
        while (summed < until) {
            int pageLeft = SegmentFormat.PAGE_BYTES - summed % SegmentFormat.PAGE_BYTES;
            // No record has sequence 0: zeros fill the page up.
            if (pageLeft < SegmentFormat.RECORD_HEADER_BYTES
                    || bytes.getLong(summed + SegmentFormat.SEQUENCE_AT) == 0) {
                summed += pageLeft;
                continue;
            }
            int length = bytes.getInt(summed + SegmentFormat.LENGTH_AT) & SegmentFormat.LENGTH_MASK;
            int end = summed + SegmentFormat.RECORD_HEADER_BYTES + length;
            crc.reset();
            crc.update(checked.limit(end).position(summed + SegmentFormat.LENGTH_AT));
            bytes.putInt(summed + SegmentFormat.CRC_AT, (int) crc.getValue());
            summed += SegmentFormat.recordBytes(length);
        }
    }
}
