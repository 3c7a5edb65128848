package dev.millrace.storage.cold;

import dev.millrace.model.InvalidValueException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Seals content into a file that a {@link ColdStore} takes. Owned by one thread. */
public final class ColdObjectWriter implements AutoCloseable {
    private final DiskFile file;
    private final byte[] block;
    private final MessageDigest digest;
    private int[] checksums = new int[64];
    private int blocks;
    private int filled;
    private long position;

    private ColdObjectWriter(DiskFile file, int blockBytes) {
        this.file = file;
        this.block = new byte[blockBytes];
        this.digest = sha256();
    }

    /**
     * Begins a file, which must not exist.
     *
     * @param blockBytes a power of two from 512 to 1 MB: what a read fetches at least, and what has a checksum
     */
    public static ColdObjectWriter create(Path file, int blockBytes) throws IOException {
        if (!ColdObjectFormat.isBlockSize(blockBytes)) {
            throw new InvalidValueException(
                    "block size of a cold object", blockBytes + " must be a power of two from 512 to 1048576");
        }
        return new ColdObjectWriter(Disk.local().create(file), blockBytes);
    }

    /** Appends what remains in the buffer. */
    public void write(ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            int portion = Math.min(content.remaining(), block.length - filled);
            content.get(block, filled, portion);
            filled += portion;
            if (filled == block.length) {
                flushBlock();
            }
        }
    }

    /** The bytes of content so far. */
    public long contentBytes() {
        return position + filled;
    }

    /** Writes the footer and forces the file to disk; nothing can be written after it. */
    public void seal() throws IOException {
        flushBlock();
        long content = position;
        byte[] table = new byte[4 * blocks];
        ColdObjectFormat.littleEndian(table).asIntBuffer().put(checksums, 0, blocks);
        append(table, table.length);
        byte[] trailer = trailer(content, table);
        append(trailer, trailer.length);
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256; this one does not", e);
        }
    }

    private void flushBlock() throws IOException {
        if (filled == 0) {
            return;
        }
        if (blocks == ColdObjectFormat.MAX_BLOCKS) {
            throw new IOException("a cold object has at most " + ColdObjectFormat.MAX_BLOCKS
                    + " blocks; cut the content into several, or use larger blocks");
        }
        if (blocks == checksums.length) {
            checksums = Arrays.copyOf(checksums, 2 * blocks);
        }
        checksums[blocks] = ColdObjectFormat.checksum(blocks, block, filled);
        blocks++;
        digest.update(block, 0, filled);
        append(block, filled);
        filled = 0;
    }

    private void append(byte[] bytes, int length) throws IOException {
        file.write(ByteBuffer.wrap(bytes, 0, length), position);
        position += length;
    }

    private byte[] trailer(long content, byte[] table) {
        byte[] bytes = new byte[ColdObjectFormat.TRAILER_BYTES];
        ByteBuffer trailer = ColdObjectFormat.littleEndian(bytes);
        trailer.put(0, ColdObjectFormat.MAGIC)
                .putInt(ColdObjectFormat.VERSION_AT, ColdObjectFormat.VERSION)
                .putInt(ColdObjectFormat.BLOCK_BYTES_AT, block.length)
                .putLong(ColdObjectFormat.CONTENT_BYTES_AT, content)
                .putInt(ColdObjectFormat.BLOCKS_AT, blocks)
                .putInt(ColdObjectFormat.TABLE_CRC_AT, ColdObjectFormat.checksum(table, table.length))
                .put(ColdObjectFormat.DIGEST_AT, digest.digest())
                .putInt(
                        ColdObjectFormat.TRAILER_CRC_AT,
                        ColdObjectFormat.checksum(bytes, ColdObjectFormat.TRAILER_CRC_AT))
                .put(ColdObjectFormat.END_MAGIC_AT, ColdObjectFormat.END_MAGIC);
        return bytes;
    }
}
