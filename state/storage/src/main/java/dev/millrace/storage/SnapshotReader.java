package dev.millrace.storage;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one snapshot file; damage is reported with the section and position where it lies. Owned by one thread. */
public final class SnapshotReader implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final SnapshotHeader header;
    private final Map<String, Long> sections = new LinkedHashMap<>();

    private SnapshotReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
        this.header = readDirectory(directoryPosition());
    }

    /** @throws IOException when the file is no whole snapshot; the message says why */
    public static SnapshotReader open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new SnapshotReader(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    public SnapshotHeader header() {
        return header;
    }

    /** The names of the sections, in the order in which they were written. */
    public List<String> sections() {
        return List.copyOf(sections.keySet());
    }

    /** A stream over one section. Sections may be read in any order. */
    public DataInputStream section(String name) throws IOException {
        Long position = sections.get(name);
        if (position == null) {
            throw new IOException(file + " has no section '" + name + "'; it has " + sections.keySet());
        }
        return new DataInputStream(new BufferedInputStream(new BlockInput(name, position)));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private long directoryPosition() throws IOException {
        if (size < SnapshotFormat.PREFIX_BYTES + SnapshotFormat.TRAILER_BYTES) {
            throw damaged("it has only " + size + " bytes");
        }
        byte[] prefix = read(0, SnapshotFormat.PREFIX_BYTES);
        if (!SnapshotFormat.startsWith(prefix, 0, SnapshotFormat.MAGIC)) {
            throw damaged("it does not begin with MILLSNAP");
        }
        int version = littleEndian(prefix).getInt(8);
        if (version != SnapshotFormat.VERSION) {
            throw new IOException(file + " has snapshot format " + version + "; this Millrace reads format "
                    + SnapshotFormat.VERSION + ". Delete it to rebuild the state from the log");
        }
        byte[] trailer = read(size - SnapshotFormat.TRAILER_BYTES, SnapshotFormat.TRAILER_BYTES);
        if (!SnapshotFormat.startsWith(trailer, 16, SnapshotFormat.END_MAGIC)) {
            throw damaged("its end is missing");
        }
        if (littleEndian(prefix).getInt(12) != 0 || littleEndian(trailer).getLong(8) != 0) {
            throw damaged("what must be zero at its begin and end is not");
        }
        return littleEndian(trailer).getLong(0);
    }

    private SnapshotHeader readDirectory(long position) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(readBlock("directory", position)));
        try {
            SnapshotHeader read = new SnapshotHeader(
                    in.readUTF(), in.readInt(), in.readLong(), Instant.ofEpochSecond(in.readLong(), in.readInt()));
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                sections.put(in.readUTF(), in.readLong());
            }
            return read;
        } catch (IOException | DateTimeException e) {
            throw damaged("its directory cannot be read: " + e.getMessage());
        }
    }

    private byte[] readBlock(String section, long position) throws IOException {
        long end = size - SnapshotFormat.TRAILER_BYTES;
        if (position < SnapshotFormat.PREFIX_BYTES || position + SnapshotFormat.BLOCK_HEADER_BYTES > end) {
            throw damaged("section '" + section + "' points to position " + position + " of " + size);
        }
        ByteBuffer head = littleEndian(read(position, SnapshotFormat.BLOCK_HEADER_BYTES));
        int length = head.getInt(0);
        long room = end - position - SnapshotFormat.BLOCK_HEADER_BYTES;
        if (length < 0 || length > Math.min(SnapshotFormat.MAX_BLOCK_BYTES, room)) {
            throw damaged("section '" + section + "' has a block of length " + length + " at position " + position);
        }
        byte[] block = read(position + SnapshotFormat.BLOCK_HEADER_BYTES, length);
        if (SnapshotFormat.checksum(position, block, length) != head.getInt(4)) {
            throw damaged("section '" + section + "' has a wrong checksum at position " + position);
        }
        return block;
    }

    private byte[] read(long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw damaged("it ended while being read");
            }
        }
        return bytes;
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private IOException damaged(String how) {
        return new IOException("snapshot " + file + " is damaged: " + how
                + ". Delete it: an older snapshot or the log gives the same state");
    }

    /** The bytes of one section; each block is checked before any of it is given out. */
    private final class BlockInput extends InputStream {
        private final String section;
        private long position;
        private byte[] block = {};
        private int read;
        private boolean ended;

        BlockInput(String section, long position) {
            this.section = section;
            this.position = position;
        }

        @Override
        public int read() throws IOException {
            return fill() ? block[read++] & 0xFF : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, block.length - read);
            System.arraycopy(block, read, into, offset, count);
            read += count;
            return count;
        }

        private boolean fill() throws IOException {
            if (read == block.length && !ended) {
                block = readBlock(section, position);
                position += SnapshotFormat.BLOCK_HEADER_BYTES + block.length;
                read = 0;
                ended = block.length == 0;
            }
            return !ended;
        }
    }
}
