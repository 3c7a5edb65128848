package dev.millrace.storage.cold;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The bytes of a sealed object, as docs/formats/cold-object.md draws them: the content in blocks, a table of one checksum
 * per block, and a trailer by which the two are found.
 *
 * <pre>
 * 0            content            table                trailer
 * +---------+---------+-----+-----------------------+----------------------------------------------+
 * | block 0 | block 1 | …   | crc32c u32 per block  | magic, version, sizes, SHA-256, crc, magic    |
 * +---------+---------+-----+-----------------------+----------------------------------------------+
 * </pre>
 */
final class ColdObjectFormat {
    static final int VERSION = 1;
    static final int MIN_BLOCK_BYTES = 1 << 9;
    static final int MAX_BLOCK_BYTES = 1 << 20;

    /** A table of this many checksums takes 64 MB; 1 TB in blocks of 64 KB. */
    static final int MAX_BLOCKS = 1 << 24;

    static final byte[] MAGIC = "MILLCOLD".getBytes(StandardCharsets.US_ASCII);
    static final byte[] END_MAGIC = "MCOLDEND".getBytes(StandardCharsets.US_ASCII);

    static final int TRAILER_BYTES = 80;
    static final int VERSION_AT = 8;
    static final int BLOCK_BYTES_AT = 12;
    static final int CONTENT_BYTES_AT = 16;
    static final int BLOCKS_AT = 24;
    static final int TABLE_CRC_AT = 28;
    static final int DIGEST_AT = 32;
    static final int DIGEST_BYTES = 32;
    static final int RESERVED_AT = 64;
    static final int TRAILER_CRC_AT = 68;
    static final int END_MAGIC_AT = 72;

    static final ValueLayout.OfByte BYTES = ValueLayout.JAVA_BYTE;

    private ColdObjectFormat() {}

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static boolean isBlockSize(int bytes) {
        return bytes >= MIN_BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && Integer.bitCount(bytes) == 1;
    }

    /** Covers the block's place and length as well, so that an exchanged block is found. */
    static int checksum(long block, byte[] content, int length) {
        byte[] place = new byte[Long.BYTES + Integer.BYTES];
        littleEndian(place).putLong(block).putInt(length);
        CRC32C crc = new CRC32C();
        crc.update(place, 0, place.length);
        crc.update(content, 0, length);
        return (int) crc.getValue();
    }

    static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
