package dev.millrace.storage.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of a segment: a header page, then records at multiples of 16 bytes, none of which crosses the border of a page
 * that it could avoid. {@code docs/formats/store.md} draws them.
 */
public final class SegmentFormat {
    public static final int PAGE_BYTES = 4096;
    /** Segments begin with a page of their own. */
    public static final int HEADER_BYTES = PAGE_BYTES;

    public static final int RECORD_HEADER_BYTES = 32;
    /** Records begin at multiples of this. */
    public static final int UNIT_BYTES = 16;
    /** A value's limit. */
    public static final int MAX_VALUE_BYTES = 16 << 20;
    /** The bound of a segment that a place of 40 bits can point into. */
    public static final long MAX_SEGMENT_BYTES = 256L << 20;

    static final int REMOVAL_FLAG = 1 << 31;
    static final int MARK_FLAG = 1 << 30;
    static final int LENGTH_MASK = (1 << 28) - 1;

    static final int CRC_AT = 0;
    static final int LENGTH_AT = 4;
    static final int KEY_AT = 8;
    static final int SEQUENCE_AT = 16;
    static final int TABLE_AT = 24;
    static final int EXPIRY_AT = 28;

    private static final long MAGIC = 0x53574F524C4C494DL; // "MILLROWS", first byte lowest
    private static final int VERSION = 1;
    private static final int HEADER_USED = 64;
    private static final int CHECKED_FROM = 16;
    private static final int UNIT_BITS = 24;

    private SegmentFormat() {}

    /** What a segment says of itself. */
    public record Header(
            long storeId, long number, SegmentKind kind, long previousNumber, long previousBytes, long createdMillis) {}

    static ByteBuffer encode(Header header) {
        ByteBuffer page = ByteBuffer.allocateDirect(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        page.putLong(0, MAGIC).putInt(8, VERSION).putLong(16, header.number);
        page.putInt(24, header.kind.code()).putInt(28, 0);
        page.putLong(32, header.previousNumber).putLong(40, header.previousBytes);
        page.putLong(48, header.createdMillis).putLong(56, header.storeId);
        page.putInt(12, headerChecksum(page));
        return page;
    }

    /** @throws DamageException naming what is wrong with the first page of a segment */
    static Header decode(ByteBuffer page, String file) throws DamageException {
        if (page.remaining() < HEADER_BYTES) {
            throw new DamageException(
                    file, 0, "the header page has " + page.remaining() + " of " + HEADER_BYTES + " bytes");
        }
        if (page.getLong(0) != MAGIC || page.getInt(12) != headerChecksum(page)) {
            throw new DamageException(file, 0, "the header does not fit its checksum");
        }
        for (int at = HEADER_USED; at < HEADER_BYTES; at += Long.BYTES) {
            if (page.getLong(at) != 0) {
                throw new DamageException(file, at, "the header page is not zero behind the header");
            }
        }
        if (page.getInt(8) != VERSION) {
            throw new DamageException(
                    file, 8, "version " + page.getInt(8) + " is not " + VERSION + ", which this program reads");
        }
        return new Header(
                page.getLong(56),
                page.getLong(16),
                SegmentKind.of(page.getInt(24)),
                page.getLong(32),
                page.getLong(40),
                page.getLong(48));
    }

    private static int headerChecksum(ByteBuffer page) {
        CRC32C crc = new CRC32C();
        crc.update(page.duplicate().limit(12).position(0));
        crc.update(page.duplicate().limit(HEADER_USED).position(CHECKED_FROM));
        return (int) crc.getValue();
    }

    /** What a record takes with its header and what fills it up. */
    public static int recordBytes(int valueBytes) {
        return (RECORD_HEADER_BYTES + valueBytes + UNIT_BYTES - 1) & -UNIT_BYTES;
    }

    /** How many pages are read for a record. */
    public static int pagesOf(int valueBytes) {
        return (recordBytes(valueBytes) + PAGE_BYTES - 1) / PAGE_BYTES;
    }

    /** Where a record goes that would begin at {@code offset}: there, or at the next page. */
    static long fit(long offset, int recordBytes) {
        long inPage = offset % PAGE_BYTES;
        return inPage + recordBytes > PAGE_BYTES && inPage != 0 ? offset - inPage + PAGE_BYTES : offset;
    }

    /** The place of a record: which segment, and where in it. */
    static long place(int slot, long offset) {
        if (offset >= MAX_SEGMENT_BYTES) {
            throw new IllegalStateException("offset " + offset + " is beyond the bound of a segment");
        }
        return (long) slot << UNIT_BITS | offset / UNIT_BYTES;
    }

    public static int slot(long place) {
        return (int) (place >>> UNIT_BITS);
    }

    static long offset(long place) {
        return (place & (1L << UNIT_BITS) - 1) * UNIT_BYTES;
    }
}
