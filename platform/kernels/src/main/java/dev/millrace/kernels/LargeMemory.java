package dev.millrace.kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Zeroed memory outside the heap, on 2 MB pages where the system gives them: a random read then misses the address
 * translation cache far less often. Thread-safe.
 *
 * <p>On Linux the memory comes from {@code mmap} with {@code madvise(MADV_HUGEPAGE)} and costs nothing until touched, and it is
 * spread as {@link NumaMemory} says; elsewhere, and for small requests, it comes from the plain allocator.
 */
public final class LargeMemory {
    static final long HUGE_PAGE = 2L << 20;

    // Linux on x86-64 and arm64: sys/mman.h.
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;

    private static final @Nullable Calls CALLS = Calls.find();

    private LargeMemory() {}

    /** Memory that lives as long as the arena; aligned to 64 bytes at least. */
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (CALLS == null || bytes < HUGE_PAGE) {
            return arena.allocate(bytes, 64);
        }
        return CALLS.map(bytes, arena);
    }

    /**
     * Gives the system back, before the arena ends, what it takes of memory whose content nobody needs any more. On Linux these are all
     * pages of what {@link #allocate} mapped; who still reads there finds zeros.
     */
    public static void discard(MemorySegment memory) {
        if (memory.byteSize() < HUGE_PAGE) {
            memory.fill((byte) 0);
        } else if (CALLS != null) {
            CALLS.discard(memory);
        }
    }

    /** The three functions of the C library. */
    private record Calls(MethodHandle mmap, MethodHandle madvise, MethodHandle munmap) {
        @SuppressWarnings("restricted")
        static @Nullable Calls find() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup c = linker.defaultLookup();
            ValueLayout.OfLong size = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt number = ValueLayout.JAVA_INT;
            return new Calls(
                    linker.downcallHandle(
                            c.findOrThrow("mmap"),
                            FunctionDescriptor.of(size, size, size, number, number, number, size)),
                    linker.downcallHandle(c.findOrThrow("madvise"), FunctionDescriptor.of(number, size, size, number)),
                    linker.downcallHandle(c.findOrThrow("munmap"), FunctionDescriptor.of(number, size, size)));
        }

        /** Maps one huge page more than asked for, so that the part handed out begins at a page's border. */
        @SuppressWarnings("restricted")
        MemorySegment map(long bytes, Arena arena) {
            long mapped = bytes + HUGE_PAGE;
            try {
                long address =
                        (long) mmap.invokeExact(0L, mapped, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
                if (address == -1) {
                    throw new OutOfMemoryError("mmap refused " + mapped + " bytes; give the process more memory");
                }
                long aligned = (address + HUGE_PAGE - 1) & -HUGE_PAGE;
                // A refusal of huge pages, or of other nodes, only costs speed.
                int ignored = (int) madvise.invokeExact(aligned, bytes, MADV_HUGEPAGE);
                NumaMemory.ofProcess().spread(aligned, bytes);
                return MemorySegment.ofAddress(aligned).reinterpret(bytes, arena, segment -> unmap(address, mapped));
            } catch (Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("mmap could not be called", e);
            }
        }

        void discard(MemorySegment memory) {
            try {
                // A refusal leaves the pages where they are until the arena ends.
                int ignored = (int) madvise.invokeExact(memory.address(), memory.byteSize(), MADV_DONTNEED);
            } catch (Throwable e) {
                throw new IllegalStateException("madvise could not be called", e);
            }
        }

        private void unmap(long address, long bytes) {
            try {
                int ignored = (int) munmap.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw new IllegalStateException("munmap could not be called", e);
            }
        }
    }
}
