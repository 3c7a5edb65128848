package dev.millrace.eventlog;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of a segment file; docs/formats/event-log.md has the picture. Every number is little-endian. Owned by one
 * thread, since it reuses its checksum.
 *
 * <p>A segment is a header and then frames: records, and before each group of records that share one disk write, a mark.
 * A group is written only after the one before it is on disk, so a mark proves that every byte before it was.
 */
final class SegmentFormat {
    static final String SUFFIX = ".seg";
    static final int VERSION = 1;

    /** "MILLSEGM" read as a little-endian number. */
    static final long MAGIC = number("MILLSEGM");

    /** "MILLMARK": begins the content of each mark, so that marks are found in damaged files. */
    static final long MARK_MAGIC = number("MILLMARK");

    // The header: magic, version, checksum of the rest, offset of the first record, creation time.
    static final int HEADER_BYTES = 32;
    private static final int VERSION_AT = 8;
    private static final int HEADER_CHECKSUM_AT = 12;
    private static final int BASE_AT = 16;
    private static final int CREATED_AT = 24;

    /** A frame: length, checksum, content. */
    static final int FRAME_HEADER_BYTES = 8;

    /** The upper bit of a frame's length says that it is a mark. */
    static final int MARK_FLAG = 0x8000_0000;

    /** A mark's content: magic, offset of the next record, time. */
    static final int MARK_CONTENT_BYTES = 24;

    /** The second bit of a frame's length says that it stands for events that were lost. */
    static final int GAP_FLAG = 0x4000_0000;

    /** "MILLSKIP": begins the content of each gap. */
    static final long GAP_MAGIC = number("MILLSKIP");

    /** A gap's content: magic, offset of the next record. */
    static final int GAP_CONTENT_BYTES = 16;

    private static final int LENGTH_BITS = ~(MARK_FLAG | GAP_FLAG);

    static final int MARK_BYTES = FRAME_HEADER_BYTES + MARK_CONTENT_BYTES;

    private final CRC32C crc = new CRC32C();
    private final byte[] placeBytes = new byte[12];
    private final ByteBuffer place = ByteBuffer.wrap(placeBytes).order(ByteOrder.LITTLE_ENDIAN);

    /** What a segment's header says. */
    record Header(long base, long createdMillis) {}

    static ByteBuffer header(long base, long createdMillis) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(base).putLong(createdMillis);
        return header.putInt(HEADER_CHECKSUM_AT, headerChecksum(header)).flip();
    }

    /** @return {@code null} when the bytes are no header of a version that is known here */
    static @Nullable Header parseHeader(ByteBuffer header) {
        boolean valid = header.remaining() == HEADER_BYTES
                && header.getLong(0) == MAGIC
                && header.getInt(VERSION_AT) == VERSION
                && header.getInt(HEADER_CHECKSUM_AT) == headerChecksum(header);
        return valid ? new Header(header.getLong(BASE_AT), header.getLong(CREATED_AT)) : null;
    }

    /** Over the offset as well, which is not stored, so that a record at the wrong place is found. */
    int checksum(long offset, int lengthWord, byte[] bytes, int from, int length) {
        place.putLong(0, offset).putInt(8, lengthWord);
        crc.reset();
        crc.update(placeBytes, 0, placeBytes.length);
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    /** The bytes of content behind a frame's length word; −1 when no frame begins so. */
    static int contentLength(int word) {
        int length = word & LENGTH_BITS;
        boolean valid = switch (word & ~LENGTH_BITS) {
            case 0 -> length >= 1 && length <= EventLogConfig.MAX_EVENT_BYTES + SealedFormat.OVERHEAD_BYTES;
            case MARK_FLAG -> length == MARK_CONTENT_BYTES;
            case GAP_FLAG -> length == GAP_CONTENT_BYTES;
            default -> false;
        };
        return valid ? length : -1;
    }

    static boolean isRecord(int word) {
        return (word & ~LENGTH_BITS) == 0;
    }

    /** A whole frame that stands for the events from one offset to another. */
    static ByteBuffer gap(long from, long to) {
        ByteBuffer frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + GAP_CONTENT_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(FRAME_HEADER_BYTES, GAP_MAGIC)
                .putLong(FRAME_HEADER_BYTES + 8, to);
        int word = GAP_FLAG | GAP_CONTENT_BYTES;
        int checksum = new SegmentFormat().checksum(from, word, frame.array(), FRAME_HEADER_BYTES, GAP_CONTENT_BYTES);
        return frame.putInt(0, word).putInt(4, checksum);
    }

    static String fileName(long base) {
        return "%020d%s".formatted(base, SUFFIX);
    }

    private static int headerChecksum(ByteBuffer header) {
        byte[] bytes = new byte[HEADER_BYTES];
        header.get(0, bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, HEADER_CHECKSUM_AT);
        crc.update(bytes, BASE_AT, HEADER_BYTES - BASE_AT);
        return (int) crc.getValue();
    }

    private static long number(String eightLetters) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value |= (long) eightLetters.charAt(i) << (8 * i);
        }
        return value;
    }
}
