package dev.millrace.storage.cold;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What the end of a sealed object says of it: its sizes and the checksum of each block. Immutable. */
final class ColdFooter implements Cached {
    private final long contentBytes;
    private final int blockBytes;
    private final int[] checksums;
    private final byte[] trailer;

    private ColdFooter(long contentBytes, int blockBytes, int[] checksums, byte[] trailer) {
        this.contentBytes = contentBytes;
        this.blockBytes = blockBytes;
        this.checksums = checksums;
        this.trailer = trailer;
    }

    /**
     * How many bytes at the object's end are table and trailer.
     *
     * @param tail the end of the object, at least its trailer
     * @param objectBytes the size of the whole object
     * @throws ColdStoreException when the object does not end as one that was sealed
     */
    static long footerBytes(byte[] tail, long objectBytes) throws ColdStoreException {
        ByteBuffer trailer = trailerOf(tail);
        long content = trailer.getLong(ColdObjectFormat.CONTENT_BYTES_AT);
        int blockBytes = trailer.getInt(ColdObjectFormat.BLOCK_BYTES_AT);
        int blocks = trailer.getInt(ColdObjectFormat.BLOCKS_AT);
        boolean sizes = ColdObjectFormat.isBlockSize(blockBytes)
                && blocks >= 0
                && blocks <= ColdObjectFormat.MAX_BLOCKS
                && content >= 0
                && content <= (long) blocks * blockBytes
                && content > (blocks - 1L) * blockBytes;
        long footer = 4L * blocks + ColdObjectFormat.TRAILER_BYTES;
        if (!sizes || content + footer != objectBytes) {
            throw damaged("its trailer speaks of " + content + " bytes in " + blocks + " blocks of " + blockBytes
                    + ", but it has " + objectBytes + " bytes");
        }
        return footer;
    }

    /** @param footer table and trailer, as many bytes as {@link #footerBytes} said */
    static ColdFooter parse(byte[] footer) throws ColdStoreException {
        ByteBuffer trailer = trailerOf(footer);
        int tableBytes = footer.length - ColdObjectFormat.TRAILER_BYTES;
        if (ColdObjectFormat.checksum(footer, tableBytes) != trailer.getInt(ColdObjectFormat.TABLE_CRC_AT)) {
            throw damaged("its table of checksums has a wrong checksum");
        }
        int[] checksums = new int[tableBytes / 4];
        ColdObjectFormat.littleEndian(footer).asIntBuffer().get(checksums);
        return new ColdFooter(
                trailer.getLong(ColdObjectFormat.CONTENT_BYTES_AT),
                trailer.getInt(ColdObjectFormat.BLOCK_BYTES_AT),
                checksums,
                Arrays.copyOfRange(footer, tableBytes, footer.length));
    }

    /** Objects with equal trailers have equal content: a trailer holds its SHA-256. */
    byte[] trailer() {
        return trailer.clone();
    }

    long contentBytes() {
        return contentBytes;
    }

    int blockBytes() {
        return blockBytes;
    }

    int blocks() {
        return checksums.length;
    }

    /** The bytes of a block: fewer than the others for the last. */
    int lengthOf(long block) {
        return (int) Math.min(blockBytes, contentBytes - block * blockBytes);
    }

    boolean isWhole(int block, byte[] content) {
        return checksums[block] == ColdObjectFormat.checksum(block, content, lengthOf(block));
    }

    @Override
    public int weight() {
        return 4 * checksums.length + ColdObjectFormat.TRAILER_BYTES;
    }

    private static ByteBuffer trailerOf(byte[] tail) throws ColdStoreException {
        int start = tail.length - ColdObjectFormat.TRAILER_BYTES;
        if (start < 0) {
            throw damaged("it has only " + tail.length + " bytes");
        }
        byte[] bytes = Arrays.copyOfRange(tail, start, tail.length);
        ByteBuffer trailer = ColdObjectFormat.littleEndian(bytes);
        byte[] end = Arrays.copyOfRange(bytes, ColdObjectFormat.END_MAGIC_AT, bytes.length);
        if (!Arrays.equals(end, ColdObjectFormat.END_MAGIC)
                || !Arrays.equals(Arrays.copyOf(bytes, ColdObjectFormat.MAGIC.length), ColdObjectFormat.MAGIC)) {
            throw damaged("it does not end as a sealed object does");
        }
        int version = trailer.getInt(ColdObjectFormat.VERSION_AT);
        if (version != ColdObjectFormat.VERSION) {
            throw damaged("it has format " + version + "; this Millrace reads format " + ColdObjectFormat.VERSION);
        }
        if (ColdObjectFormat.checksum(bytes, ColdObjectFormat.TRAILER_CRC_AT)
                != trailer.getInt(ColdObjectFormat.TRAILER_CRC_AT)) {
            throw damaged("its trailer has a wrong checksum");
        }
        return trailer;
    }

    private static ColdStoreException damaged(String how) {
        return new ColdStoreException(ColdStoreException.Reason.DAMAGED, how);
    }
}
