package dev.millrace.storage.segment;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Takes records apart. Stateless but for a checksum; owned by one thread. */
final class Records {
    /** What stands at a position. */
    enum Found {
        ROW,
        MARK,
        /** Zeros to the end of the page. */
        FILLER,
        /** More bytes are needed to tell. */
        PART,
        DAMAGE
    }

    private final CRC32C crc = new CRC32C();

    /**
     * Looks at what begins at {@code at}.
     *
     * @param bytes little-endian and direct; {@code base} is where its first byte lies in memory
     * @param limit the end of what was read
     * @param pageLeft how many bytes the page has from here on
     * @param into filled for a row or a mark
     */
    Found parse(ByteBuffer bytes, long base, int at, int limit, int pageLeft, StoredRow into) {
        int available = limit - at;
        if (available < Math.min(pageLeft, SegmentFormat.RECORD_HEADER_BYTES)) {
            return Found.PART;
        }
        if (pageLeft < SegmentFormat.RECORD_HEADER_BYTES || isZero(bytes, at, SegmentFormat.RECORD_HEADER_BYTES)) {
            if (pageLeft == SegmentFormat.PAGE_BYTES) {
                // No page begins with what fills one up: its records are gone.
                return Found.DAMAGE;
            }
            return available < pageLeft ? Found.PART : isZero(bytes, at, pageLeft) ? Found.FILLER : Found.DAMAGE;
        }
        int word = bytes.getInt(at + SegmentFormat.LENGTH_AT);
        int length = word & SegmentFormat.LENGTH_MASK;
        int total = SegmentFormat.recordBytes(length);
        if (length > SegmentFormat.MAX_VALUE_BYTES || (total > pageLeft && pageLeft != SegmentFormat.PAGE_BYTES)) {
            return Found.DAMAGE;
        }
        if (available < total) {
            return Found.PART;
        }
        return check(bytes, base, at, word, into) ? (isMark(word) ? Found.MARK : Found.ROW) : Found.DAMAGE;
    }

    /** Reads a record that lies whole in the buffer. */
    boolean check(ByteBuffer bytes, long base, int at, int word, StoredRow into) {
        int length = word & SegmentFormat.LENGTH_MASK;
        int valueAt = at + SegmentFormat.RECORD_HEADER_BYTES;
        int position = bytes.position();
        int limit = bytes.limit();
        crc.reset();
        crc.update(bytes.limit(valueAt + length).position(at + SegmentFormat.LENGTH_AT));
        bytes.limit(limit).position(position);
        if (bytes.getInt(at + SegmentFormat.CRC_AT) != (int) crc.getValue()
                || !isZero(
                        bytes,
                        valueAt + length,
                        SegmentFormat.recordBytes(length) - SegmentFormat.RECORD_HEADER_BYTES - length)) {
            return false;
        }
        into.table = bytes.getInt(at + SegmentFormat.TABLE_AT);
        into.key = bytes.getLong(at + SegmentFormat.KEY_AT);
        into.sequence = bytes.getLong(at + SegmentFormat.SEQUENCE_AT);
        into.expiry = bytes.getInt(at + SegmentFormat.EXPIRY_AT);
        into.removal = (word & SegmentFormat.REMOVAL_FLAG) != 0;
        into.address = base + valueAt;
        into.length = length;
        return true;
    }

    private static boolean isMark(int word) {
        return (word & SegmentFormat.MARK_FLAG) != 0;
    }

    private static boolean isZero(ByteBuffer bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
