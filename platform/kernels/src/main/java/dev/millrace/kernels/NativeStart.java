package dev.millrace.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes what a process needs once for native memory, files and vectors, ahead of whoever needs it: the JVM writes code for each
 * function of the C library that is called, a tenth of a second in all, which another thread can spend beside the first reads of a
 * start. Who needs something of it sooner waits for that, or makes it. Thread-safe.
 */
public final class NativeStart {
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static final int ROW_BYTES = 512;

    private NativeStart() {}

    /** Begins, where nobody has; returns at once. */
    public static void begin() {
        if (BEGUN.compareAndSet(false, true)) {
            Thread ignored = Thread.ofPlatform().name("native-start").daemon().start(NativeStart::make);
        }
    }

    /** In the order in which a store that opens comes to need it. */
    static void make() {
        DirectFile.prepare();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = LargeMemory.allocate(LargeMemory.HUGE_PAGE, arena);
            ReadRing ring = ReadRing.open();
            if (ring != null) {
                ring.close();
            }
            RawMemory.copyAll(new long[] {memory.address()}, 1, ROW_BYTES, memory, ROW_BYTES, ROW_BYTES);
        }
    }
}
