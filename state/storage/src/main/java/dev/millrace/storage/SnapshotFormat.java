package dev.millrace.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The constants of the snapshot file; docs/formats/snapshot.md has the picture. Every number is little-endian. */
final class SnapshotFormat {
    static final byte[] MAGIC = "MILLSNAP".getBytes(StandardCharsets.US_ASCII);
    static final byte[] END_MAGIC = "SNAPSEND".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;

    /** Magic, version, reserved. */
    static final int PREFIX_BYTES = 16;

    /** Length and checksum before each block. */
    static final int BLOCK_HEADER_BYTES = 8;

    /** Large enough for sequential speed, small enough to be held twice. */
    static final int MAX_BLOCK_BYTES = 256 << 10;

    /** Position of the directory, reserved, magic. */
    static final int TRAILER_BYTES = 24;

    private SnapshotFormat() {}

    /** Over the block's position as well, so that a block at the wrong place is found. */
    static int checksum(long position, byte[] block, int length) {
        CRC32C crc = new CRC32C();
        byte[] place = ByteBuffer.allocate(12).putLong(position).putInt(length).array();
        crc.update(place);
        crc.update(block, 0, length);
        return (int) crc.getValue();
    }

    static boolean startsWith(byte[] bytes, int at, byte[] expected) {
        return Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
    }
}
