package dev.millrace.storage.disk;

import dev.millrace.kernels.DirectFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file of this machine. Reads come from any thread, writes from one at a time.
 *
 * <p>Large writes of whole pages go past the system's cache where the file system can: what is to be on disk at once need not
 * be copied first, and the cache is left to others.
 */
final class ChannelFile implements DiskFile {
    private static final int PAGE_BYTES = DirectFile.ALIGNMENT;
    /** Below this, the copy costs less than a second trip to the disk for what is no whole page. */
    private static final int LARGE_BYTES = 64 << 10;

    private final Path path;
    private final FileChannel channel;
    private @Nullable DirectFile past;

    ChannelFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        int start = into.position();
        while (into.hasRemaining() && channel.read(into, position + into.position() - start) >= 0) {
            // Read on.
        }
        return into.position() - start;
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
        int head = (int) (-position & (PAGE_BYTES - 1));
        int pages = (from.remaining() - head) & -PAGE_BYTES;
        long at = position;
        if (pages >= LARGE_BYTES && isAligned(from, head) && past().isDirect()) {
            int limit = from.limit();
            at = writeThroughCache(from.limit(from.position() + head), at);
            at = writePages(from.limit(from.position() + pages), at);
            from.limit(limit);
        }
        long ignored = writeThroughCache(from, at);
    }

    private static boolean isAligned(ByteBuffer from, int head) {
        return from.isDirect() && from.alignmentOffset(from.position() + head, PAGE_BYTES) == 0;
    }

    private long writeThroughCache(ByteBuffer from, long position) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
            at += channel.write(from, at);
        }
        return at;
    }

    private long writePages(ByteBuffer from, long position) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
            int written = past().write(MemorySegment.ofBuffer(from).address(), from.remaining(), at);
            if (written % PAGE_BYTES != 0) {
                // A disk that takes a part of a page is filling up; the whole page is tried again.
                written -= written % PAGE_BYTES;
                if (written == 0) {
                    return writeThroughCache(from, at);
                }
            }
            from.position(from.position() + written);
            at += written;
        }
        return at;
    }

    private DirectFile past() throws IOException {
        DirectFile open = past;
        if (open == null) {
            open = DirectFile.openForWriting(path);
            past = open;
        }
        return open;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
        channel.truncate(size);
    }

    @Override
    public void force() throws IOException {
        // Size is content as well: without access times, but with all that reading needs.
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        DirectFile opened = past;
        try (channel) {
            if (opened != null) {
                opened.close();
            }
        }
    }
}
