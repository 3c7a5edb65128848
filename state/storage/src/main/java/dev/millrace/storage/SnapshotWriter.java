package dev.millrace.storage;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes one snapshot file: named sections, a checksum per block, visible under its name only when it is whole and on
 * disk. Owned by one thread.
 */
public final class SnapshotWriter implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(
                    SnapshotFormat.BLOCK_HEADER_BYTES + SnapshotFormat.MAX_BLOCK_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);

    /** Where each finished section begins. */
    private final Map<String, Long> sections = new LinkedHashMap<>();

    private final SnapshotHeader header;
    private @Nullable String openSection;
    private long position;
    private boolean committed;

    private SnapshotWriter(Path target, Path temporary, FileChannel channel, SnapshotHeader header) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
        this.header = header;
    }

    /** Begins a snapshot in a temporary file beside {@code target}; its directory is made where it is missing. */
    public static SnapshotWriter create(Path target, SnapshotHeader header) throws IOException {
        Path directory = directoryOf(target);
        Files.createDirectories(directory);
        Path temporary = directory.resolve(target.getFileName() + SnapshotDirectory.TEMPORARY_SUFFIX);
        FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        SnapshotWriter writer = new SnapshotWriter(target, temporary, channel, header);
        try {
            writer.writePrefix();
            return writer;
        } catch (IOException e) {
            writer.close();
            throw e;
        }
    }

    /** Begins a section; closing the stream ends it. One section is written at a time; names are unique. */
    public DataOutputStream section(String name) {
        if (openSection != null) {
            throw new IllegalStateException("section " + openSection + " is still open; close it before " + name);
        }
        if (sections.putIfAbsent(name, position) != null) {
            throw new IllegalArgumentException("section " + name + " was written already; use another name");
        }
        openSection = name;
        return new DataOutputStream(new BlockOutput());
    }

    /** Forces everything to disk and gives the file its name, replacing an older one atomically. */
    public void commit() throws IOException {
        if (openSection != null || committed) {
            throw new IllegalStateException(committed ? "committed already" : "section " + openSection + " is open");
        }
        long directoryPosition = position;
        writeDirectory();
        writeTrailer(directoryPosition);
        channel.force(true);
        channel.close();
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        committed = true;
        forceDirectory(directoryOf(target));
    }

    /** Without {@link #commit()} before it, leaves nothing behind. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (!committed) {
            Files.deleteIfExists(temporary);
        }
    }

    private static Path directoryOf(Path target) {
        Path directory = target.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException(target + " names no file");
        }
        return directory;
    }

    /** A renamed file survives a power failure only when its directory is on disk as well. */
    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    private void writePrefix() throws IOException {
        buffer.clear();
        buffer.put(SnapshotFormat.MAGIC).putInt(SnapshotFormat.VERSION).putInt(0);
        writeBuffer();
    }

    @SuppressWarnings("JavaInstantGetSecondsGetNano") // Both are written.
    private void writeDirectory() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(header.kind());
        out.writeInt(header.version());
        out.writeLong(header.logOffset());
        out.writeLong(header.created().getEpochSecond());
        out.writeInt(header.created().getNano());
        out.writeInt(sections.size());
        for (Map.Entry<String, Long> section : sections.entrySet()) {
            out.writeUTF(section.getKey());
            out.writeLong(section.getValue());
        }
        writeBlock(bytes.toByteArray(), bytes.size());
    }

    private void writeTrailer(long directoryPosition) throws IOException {
        buffer.clear();
        buffer.putLong(directoryPosition).putLong(0).put(SnapshotFormat.END_MAGIC);
        writeBuffer();
    }

    private void writeBlock(byte[] block, int length) throws IOException {
        if (length > SnapshotFormat.MAX_BLOCK_BYTES) {
            throw new IOException("the directory has " + length + " bytes; write fewer sections");
        }
        buffer.clear();
        buffer.putInt(length)
                .putInt(SnapshotFormat.checksum(position, block, length))
                .put(block, 0, length);
        writeBuffer();
    }

    private void writeBuffer() throws IOException {
        buffer.flip();
        position += buffer.remaining();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** The bytes of one section, cut into blocks; a block of length 0 ends it. */
    private final class BlockOutput extends OutputStream {
        private final byte[] block = new byte[SnapshotFormat.MAX_BLOCK_BYTES];
        private int length;
        private boolean closed;

        @Override
        public void write(int b) throws IOException {
            if (length == block.length) {
                flushBlock();
            }
            block[length++] = (byte) b;
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            int done = 0;
            while (done < count) {
                if (length == block.length) {
                    flushBlock();
                }
                int portion = Math.min(count - done, block.length - length);
                System.arraycopy(bytes, offset + done, block, length, portion);
                length += portion;
                done += portion;
            }
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            flushBlock();
            writeBlock(block, 0);
            openSection = null;
        }

        private void flushBlock() throws IOException {
            if (length > 0) {
                writeBlock(block, length);
                length = 0;
            }
        }
    }
}
