package dev.millrace.storage.segment;

import dev.millrace.storage.disk.FileWindow;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Takes records apart. Stateless but for a checksum; owned by one thread. */
final class Records {
    /** What stands at an offset. */
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
     * Reads a record that lies whole in the buffer.
     *
     * @param bytes little-endian and direct; {@code base} is where its first byte lies in memory
     * @param word the flags and the length that the record says
     * @return false where it is damaged
     */
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

    private static boolean isZero(ByteBuffer bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Takes those in a {@link FileWindow} apart, from a copy in the heap: a JVM that has just started comes to its speed some times
     * sooner with arrays than with native memory, and reading the log's end is what a start waits for. Owned by one thread.
     */
    static final class InWindow {
        /** Copied at once, so that copying costs nothing beside the rest, and stays in the second-level cache. */
        private static final int COPIED_BYTES = 64 << 10;

        private static final int KEY_WORD = SegmentFormat.KEY_AT / Long.BYTES;
        private static final int SEQUENCE_WORD = SegmentFormat.SEQUENCE_AT / Long.BYTES;
        private static final int TABLE_WORD = SegmentFormat.TABLE_AT / Long.BYTES;

        private final FileWindow window;
        private final CRC32C crc = new CRC32C();
        private final Records across = new Records();
        private final byte[] bytes = new byte[COPIED_BYTES];
        /** The same. */
        private final long[] words = new long[COPIED_BYTES / Long.BYTES];
        /** Which part of the file is copied. */
        private long from;

        private long until;

        InWindow(FileWindow window) {
            this.window = window;
        }

        /**
         * Looks at what begins at an offset.
         *
         * @param into filled for a row or a mark
         */
        Found parse(long offset, StoredRow into) {
            int pageLeft = SegmentFormat.PAGE_BYTES - (int) (offset % SegmentFormat.PAGE_BYTES);
            long available = window.until() - offset;
            if (available < Math.min(pageLeft, SegmentFormat.RECORD_HEADER_BYTES)) {
                return Found.PART;
            }
            int at = copied(offset, Math.min(pageLeft, available));
            if (pageLeft < SegmentFormat.RECORD_HEADER_BYTES || isZero(at, SegmentFormat.RECORD_HEADER_BYTES)) {
                if (pageLeft == SegmentFormat.PAGE_BYTES) {
                    // No page begins with what fills one up: its records are gone.
                    return Found.DAMAGE;
                }
                return available < pageLeft ? Found.PART : isZero(at, pageLeft) ? Found.FILLER : Found.DAMAGE;
            }
            int word = (int) (words[at / Long.BYTES] >>> Integer.SIZE);
            int length = word & SegmentFormat.LENGTH_MASK;
            int total = SegmentFormat.recordBytes(length);
            if (length > SegmentFormat.MAX_VALUE_BYTES || (total > pageLeft && pageLeft != SegmentFormat.PAGE_BYTES)) {
                return Found.DAMAGE;
            }
            if (available < total) {
                return Found.PART;
            }
            boolean sound = total > pageLeft ? checkAcross(offset, word, into) : check(offset, at, word, into);
            return sound ? ((word & SegmentFormat.MARK_FLAG) != 0 ? Found.MARK : Found.ROW) : Found.DAMAGE;
        }

        /** Whether a mark stands at an offset. */
        boolean isMark(long offset, StoredRow into) {
            return offset + SegmentFormat.RECORD_HEADER_BYTES <= window.until()
                    && window.bytes().getInt((int) (offset - window.start()) + SegmentFormat.LENGTH_AT)
                            == SegmentFormat.MARK_FLAG
                    && checkAcross(offset, SegmentFormat.MARK_FLAG, into);
        }

        /** @return where the copy has the byte of that offset and so many behind it */
        private int copied(long offset, long count) {
            if (offset < from || offset + count > until) {
                from = offset - offset % SegmentFormat.PAGE_BYTES;
                int copied = (int) Math.min(COPIED_BYTES, window.until() - from);
                int at = (int) (from - window.start());
                window.bytes().get(at, bytes, 0, copied);
                window.words().get(at / Long.BYTES, words, 0, copied / Long.BYTES);
                until = from + copied;
            }
            return (int) (offset - from);
        }

        private boolean isZero(int at, int count) {
            for (int word = at / Long.BYTES; word < (at + count) / Long.BYTES; word++) {
                if (words[word] != 0) {
                    return false;
                }
            }
            return true;
        }

        private boolean check(long offset, int at, int word, StoredRow into) {
            int length = word & SegmentFormat.LENGTH_MASK;
            int first = at / Long.BYTES;
            crc.reset();
            crc.update(
                    bytes,
                    at + SegmentFormat.LENGTH_AT,
                    SegmentFormat.RECORD_HEADER_BYTES - SegmentFormat.LENGTH_AT + length);
            if ((int) words[first] != (int) crc.getValue()) {
                return false;
            }
            for (int i = at + SegmentFormat.RECORD_HEADER_BYTES + length;
                    i < at + SegmentFormat.recordBytes(length);
                    i++) {
                if (bytes[i] != 0) {
                    return false;
                }
            }
            into.key = words[first + KEY_WORD];
            into.sequence = words[first + SEQUENCE_WORD];
            into.table = (int) words[first + TABLE_WORD];
            into.expiry = (int) (words[first + TABLE_WORD] >>> Integer.SIZE);
            into.removal = (word & SegmentFormat.REMOVAL_FLAG) != 0;
            into.address = window.base() + offset - window.start() + SegmentFormat.RECORD_HEADER_BYTES;
            into.length = length;
            return true;
        }

        /** One that is not in one page, or nowhere that a record was expected. */
        private boolean checkAcross(long offset, int word, StoredRow into) {
            return across.check(window.bytes(), window.base(), (int) (offset - window.start()), word, into);
        }
    }
}
