package dev.millrace.storage.disk;

import dev.millrace.kernels.DirectFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The part of a file that lies in memory, and moves through it from front to back. Owned by one thread.
 *
 * <p>Parts begin where pages do and come past the system's cache: reading all of a store would leave nothing else in it. While one
 * part is looked at, another thread reads the next.
 */
public final class FileWindow implements AutoCloseable {
    private static final int PAGE_BYTES = DirectFile.ALIGNMENT;
    private static final int BYTES = 4 << 20;

    private final DirectFile file;
    private final long end;
    private ByteBuffer bytes;
    private LongBuffer words;
    private long base;
    private long start;
    private int filled;
    /** Nothing where one part holds all. */
    private final @Nullable ExecutorService reader;

    private @Nullable Future<Part> next;
    /** The memory of the part before, for the next but one. */
    private @Nullable ByteBuffer spare;

    private boolean crossed;

    private record Part(ByteBuffer bytes, long start, int filled) {}

    /**
     * @param from where the first part begins, or soon before
     * @param until the most that is read; a file may end before
     * @param throughCache whether it is read through the system's cache
     */
    public FileWindow(Path path, long from, long until, boolean throughCache) throws IOException {
        this.file = throughCache ? DirectFile.openThroughCache(path) : DirectFile.open(path);
        this.end = Math.min(until, Files.size(path));
        this.start = pageOf(from);
        long room = Math.clamp(pageOf(end - start + PAGE_BYTES - 1), PAGE_BYTES, BYTES);
        this.bytes = memory((int) room);
        this.words = bytes.asLongBuffer();
        this.base = MemorySegment.ofBuffer(bytes).address();
        this.reader = end - start <= room
                ? null
                : Executors.newSingleThreadExecutor(work ->
                        Thread.ofPlatform().name("store-read-ahead").daemon().unstarted(work));
    }

    private static long pageOf(long offset) {
        return offset & -PAGE_BYTES;
    }

    private static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes + PAGE_BYTES)
                .alignedSlice(PAGE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Little-endian and direct; its first byte is that of the file at {@link #start}. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** The same. */
    public LongBuffer words() {
        return words;
    }

    /** Where the first byte lies in memory. */
    public long base() {
        return base;
    }

    public long start() {
        return start;
    }

    /** Behind the last byte that is there. */
    public long until() {
        return start + filled;
    }

    /** Where the file ends, or what is read of it. */
    public long end() {
        return end;
    }

    /**
     * Has more of what begins at an offset; what lies before its page may go.
     *
     * @return false where there is no more
     */
    public boolean readOn(long offset) throws IOException {
        long from = pageOf(Math.min(offset, end));
        int kept = (int) Math.max(0, start + filled - from);
        if (kept == 0 && take(from)) {
            return filled > 0;
        }
        // Records longer than a page may begin in one part and end in the next, which then does not follow by itself.
        crossed |= kept > 0;
        if (from > start) {
            bytes.limit(filled).position(filled - kept);
            bytes.compact().clear();
            start = from;
            filled = kept;
        } else if (filled == bytes.capacity()) {
            enlarge();
        }
        int before = filled;
        if (start + filled < end && filled % PAGE_BYTES == 0) {
            filled += read(bytes, start, filled);
        }
        readAhead();
        return filled > before;
    }

    /** Makes the part that was read ahead this one. @return false where there is none that begins there */
    private boolean take(long from) throws IOException {
        Part part = awaitNext();
        if (part == null || part.start != from) {
            return false;
        }
        spare = bytes;
        use(part.bytes);
        start = from;
        filled = part.filled;
        readAhead();
        return true;
    }

    private void readAhead() {
        long from = start + filled;
        ExecutorService executor = reader;
        if (executor == null || crossed || next != null || filled < bytes.capacity() || from >= end) {
            return;
        }
        ByteBuffer into = spare == null ? memory(BYTES) : spare;
        spare = null;
        next = executor.submit(() -> new Part(into, from, read(into, from, 0)));
    }

    private @Nullable Part awaitNext() throws IOException {
        Future<Part> expected = next;
        next = null;
        boolean interrupted = false;
        try {
            while (expected != null) {
                try {
                    return expected.get();
                } catch (InterruptedException e) {
                    // It reads into memory that is to be used again.
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof IOException failure) {
                        throw failure;
                    }
                    throw new IllegalStateException("a file could not be read ahead", e.getCause());
                }
            }
            return null;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @return how many bytes have come behind those that are there */
    private int read(ByteBuffer into, long at, int behind) throws IOException {
        int count = file.read(MemorySegment.ofBuffer(into).address() + behind, into.capacity() - behind, at + behind);
        return Math.clamp(end - at - behind, 0, count);
    }

    private void enlarge() {
        ByteBuffer larger = memory(bytes.capacity() * 2);
        larger.put(bytes.limit(filled).position(0));
        bytes.clear();
        use(larger.clear());
    }

    private void use(ByteBuffer other) {
        bytes = other;
        words = other.asLongBuffer();
        base = MemorySegment.ofBuffer(other).address();
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            // Whoever still reads has the file.
            reader.close();
        }
        file.close();
    }
}
