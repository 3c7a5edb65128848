package dev.millrace.storage.disk;

import dev.millrace.kernels.DirectFile;
import dev.millrace.kernels.RawMemory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file that many read from, past the system's cache or by loads from a mapping. It goes when its owner has left and the last
 * reader has: its number in the system may be another file's from then on, and its addresses nobody's. Thread-safe.
 */
public final class SharedFile {
    private static final int PAGE_BYTES = DirectFile.ALIGNMENT;

    private final Path path;
    private final @Nullable DirectFile file;
    private final @Nullable Mapping mapping;
    /** Readers, and the owner. */
    private final AtomicInteger users = new AtomicInteger(1);

    private record Mapping(MemorySegment memory, Arena arena) {}

    private SharedFile(Path path, @Nullable DirectFile file, @Nullable Mapping mapping) {
        this.path = path;
        this.file = file;
        this.mapping = mapping;
    }

    public static SharedFile open(Path path) throws IOException {
        return new SharedFile(path, DirectFile.open(path), null);
    }

    /** @param disk one that maps files of that directory */
    @SuppressWarnings("MustBeClosedChecker") // The last reader closes it.
    public static SharedFile map(Path path, Disk disk) throws IOException {
        Arena arena = Arena.ofShared();
        boolean mapped = false;
        try {
            SharedFile file = new SharedFile(path, null, new Mapping(disk.map(path, arena), arena));
            mapped = true;
            return file;
        } finally {
            if (!mapped) {
                arena.close();
            }
        }
    }

    /** @return false where it has gone; else {@link #leave} is to follow */
    public boolean enter() {
        int before = users.get();
        while (before > 0 && !users.compareAndSet(before, before + 1)) {
            before = users.get();
        }
        return before > 0;
    }

    /** Whoever has entered reads no more; or its owner needs it no more. */
    public void leave() throws IOException {
        if (users.decrementAndGet() > 0) {
            return;
        }
        if (file != null) {
            file.close();
        }
        if (mapping != null) {
            mapping.arena.close();
        }
    }

    /** Nothing where it is mapped. */
    public @Nullable DirectFile direct() {
        return file;
    }

    /**
     * Reads the bytes {@code from} to {@code until} of what begins at a position; without a mapping, whole pages around them.
     *
     * @param address where the first byte of the position goes, in memory up to a whole page; it and the position are multiples
     *     of a page
     * @return up to where bytes were read, counted from the position; before {@code until} only at the file's end
     */
    public int read(long address, int from, int until, long position) throws IOException {
        return mapping != null
                ? load(mapping.memory, address, from, until, position)
                : readPages(address, until, position);
    }

    /**
     * Copies, and nothing else: what is taken apart and compared with checksums is the copy. What a read before this left there goes first:
     * of a load that is broken off, it must not be taken for what was read.
     *
     * @throws InternalError by the JVM, here or soon after, where the device does not answer a load or the file was cut: the copy is
     *     not whole then
     */
    private static int load(MemorySegment memory, long address, int from, int until, long position) {
        int end = Math.clamp(memory.byteSize() - position, 0, until);
        if (end > from) {
            MemorySegment copy = RawMemory.view(address + from, end - from).fill((byte) 0);
            MemorySegment.copy(memory, position + from, copy, 0, end - from);
        }
        return end;
    }

    private int readPages(long address, int until, long position) throws IOException {
        if (file == null) {
            throw new IllegalStateException(path + " is neither open nor mapped");
        }
        return file.read(address, (until + PAGE_BYTES - 1) & -PAGE_BYTES, position);
    }
}
