package dev.millrace.eventlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The segment at whose end the log grows. Owned by the writing thread. */
final class ActiveSegment implements AutoCloseable {
    /** Gathers small records into one system call. */
    private static final int BUFFER_BYTES = 1 << 20;

    private final long base;
    private final Path path;
    private final LogFile file;
    private final SegmentFormat format = new SegmentFormat();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final byte[] mark = new byte[SegmentFormat.MARK_CONTENT_BYTES];

    /** The end of what is on disk, and of what was written behind it. */
    private long durableSize;

    private long size;

    private ActiveSegment(long base, Path path, LogFile file, long size) {
        this.base = base;
        this.path = path;
        this.file = file;
        this.durableSize = size;
        this.size = size;
    }

    /** Makes an empty segment, which is on disk when this returns; on failure nothing of it is left. */
    static ActiveSegment create(Path directory, long base, long nowMillis, LogFile.Opener opener) throws IOException {
        Path path = directory.resolve(SegmentFormat.fileName(base));
        LogFile file = opener.open(path);
        try {
            file.write(SegmentFormat.header(base, nowMillis), 0);
            file.force();
            forceDirectory(directory);
            return new ActiveSegment(base, path, file, SegmentFormat.HEADER_BYTES);
        } catch (IOException e) {
            file.close();
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** Goes on with a segment whose frames end at {@code size}; what lies behind is cut off. */
    static ActiveSegment resume(Path path, long base, long size, LogFile.Opener opener) throws IOException {
        LogFile file = opener.open(path);
        file.truncate(size);
        return new ActiveSegment(base, path, file, size);
    }

    long base() {
        return base;
    }

    Path path() {
        return path;
    }

    /** What is on disk, in bytes. */
    long durableSize() {
        return durableSize;
    }

    /** Begins a group; every record before it must be on disk. */
    void writeMark(long offset, long nowMillis) throws IOException {
        ByteBuffer.wrap(mark)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(SegmentFormat.MARK_MAGIC)
                .putLong(offset)
                .putLong(nowMillis);
        writeFrame(offset, SegmentFormat.MARK_FLAG | mark.length, mark, 0, mark.length);
    }

    void writeRecord(long offset, byte[] bytes, int from, int length) throws IOException {
        writeFrame(offset, length, bytes, from, length);
    }

    /** Returns when everything written is on disk. A failure says nothing on what is: no more may be written then. */
    void force() throws IOException {
        file.force();
        durableSize = size;
    }

    /** Hands the system everything written; it may still be lost. */
    void flush() throws IOException {
        buffer.flip();
        int count = buffer.remaining();
        try {
            file.write(buffer, size);
            size += count;
        } finally {
            buffer.clear();
        }
    }

    /** Removes what was written since the last {@link #force()}. */
    void rollBack() throws IOException {
        buffer.clear();
        file.truncate(durableSize);
        size = durableSize;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void writeFrame(long offset, int lengthWord, byte[] bytes, int from, int length) throws IOException {
        if (buffer.remaining() < SegmentFormat.FRAME_HEADER_BYTES) {
            flush();
        }
        buffer.putInt(lengthWord).putInt(format.checksum(offset, lengthWord, bytes, from, length));
        int at = from;
        while (at < from + length) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int portion = Math.min(from + length - at, buffer.remaining());
            buffer.put(bytes, at, portion);
            at += portion;
        }
    }

    /** A new file survives a power failure only when its directory is on disk as well. */
    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }
}
