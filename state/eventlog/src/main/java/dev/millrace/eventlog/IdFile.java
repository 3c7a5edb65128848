package dev.millrace.eventlog;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The hashed ids of a finished segment's events, so that the window of known ids is there quickly after a restart, and
 * even when retention deleted the segment. Only a short cut: where it is missing or damaged, the segment is read.
 */
final class IdFile {
    static final String SUFFIX = ".ids";

    /** "MILLIDS1" as a little-endian number. */
    private static final long MAGIC = 0x31534449_4C4C494DL;

    /** Magic, first offset, count, checksum of all that follows it and precedes it, reserved. */
    private static final int HEADER_BYTES = 32;

    private static final int CHECKSUM_AT = 24;

    private final long first;
    private final long[] hashes;

    /**
     * @param first the offset of the first id
     * @param hashes high and low half of each, in the order of the offsets
     */
    IdFile(long first, long[] hashes) {
        this.first = first;
        this.hashes = hashes;
    }

    long first() {
        return first;
    }

    long[] hashes() {
        return hashes;
    }

    int count() {
        return hashes.length / 2;
    }

    static Path pathFor(Path directory, long base) {
        return directory.resolve("%020d%s".formatted(base, SUFFIX));
    }

    /** Not forced to disk: a file that a power failure tore is recognised and made again. */
    void write(Path file) throws IOException {
        byte[] content = new byte[HEADER_BYTES + hashes.length * 8];
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(MAGIC).putLong(first).putLong(count()).putLong(0);
        bytes.asLongBuffer().put(hashes);
        bytes.putInt(CHECKSUM_AT, checksum(content)).rewind();
        Path temporary = file.resolveSibling(file.getFileName() + ".writing");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @return {@code null} when the file is missing or not whole */
    static @Nullable IdFile read(Path file) throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        boolean whole = content.length >= HEADER_BYTES
                && bytes.getLong(0) == MAGIC
                && bytes.getLong(16) * 16 + HEADER_BYTES == content.length
                && bytes.getInt(CHECKSUM_AT) == checksum(content);
        if (!whole) {
            return null;
        }
        long[] hashes = new long[(content.length - HEADER_BYTES) / 8];
        bytes.position(HEADER_BYTES).asLongBuffer().get(hashes);
        return new IdFile(bytes.getLong(8), hashes);
    }

    /** The offset behind its last id, as the header says; −1 when it has none. */
    static long endOf(Path file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // Read on.
            }
        }
        return header.hasRemaining() || header.getLong(0) != MAGIC ? -1 : header.getLong(8) + header.getLong(16);
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, 0, CHECKSUM_AT);
        crc.update(content, CHECKSUM_AT + 4, content.length - CHECKSUM_AT - 4);
        return (int) crc.getValue();
    }
}
