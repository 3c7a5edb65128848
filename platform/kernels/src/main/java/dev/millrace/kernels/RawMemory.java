package dev.millrace.kernels;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Loads, stores and copies at addresses, without the bounds and liveness checks of a segment of its own. Stateless,
 * thread-safe.
 *
 * <p>For inner loops over memory whose bounds the caller has checked and which it keeps reachable meanwhile
 * ({@link java.lang.ref.Reference#reachabilityFence}); everybody else uses a {@link MemorySegment}. A wrong address ends
 * the process.
 */
public final class RawMemory {
    @SuppressWarnings("restricted")
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final boolean SIMD =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    private static final int LINE = 64;

    private RawMemory() {}

    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    public static int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT, address);
    }

    public static void putInt(long address, int value) {
        ALL.set(ValueLayout.JAVA_INT, address, value);
    }

    public static float getFloat(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT, address);
    }

    public static void putFloat(long address, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT, address, value);
    }

    public static long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG, address);
    }

    public static void putLong(long address, long value) {
        ALL.set(ValueLayout.JAVA_LONG, address, value);
    }

    /** No later load or store moves before it. */
    public static long getLongAcquire(long address) {
        return (long) LONG.getAcquire(ALL, address);
    }

    /** No earlier load or store moves behind it. */
    public static void putLongRelease(long address, long value) {
        LONG.setRelease(ALL, address, value);
    }

    /** @return whether the value was the expected one, and is the new one now */
    public static boolean compareAndSetLong(long address, long expected, long value) {
        return LONG.compareAndSet(ALL, address, expected, value);
    }

    /**
     * Reads one byte of each 64-byte line, so that the lines are on their way to the cache. The loads of many calls do
     * not depend on each other, hence the processor overlaps their misses; Java has no prefetch.
     *
     * @return a sum that the caller keeps, lest the loads are left out as useless
     */
    public static long touch(long address, int bytes) {
        long sum = 0;
        for (int at = 0; at < bytes; at += LINE) {
            sum += ALL.get(ValueLayout.JAVA_BYTE, address + at);
        }
        return sum;
    }

    /** Copies to an offset of a segment, whose bounds are checked. */
    public static void copy(long from, MemorySegment into, long offset, int bytes) {
        if (SIMD && into.isNative()) {
            Simd.copy(from, into, offset, bytes);
        } else {
            MemorySegment.copy(ALL, from, into, offset, bytes);
        }
    }

    /** Copies from an offset of a segment, whose bounds are checked. */
    public static void copy(MemorySegment from, long offset, long to, long bytes) {
        MemorySegment.copy(from, offset, ALL, to, bytes);
    }

    public static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    /** A view of raw memory as a segment that checks its own bounds. */
    public static MemorySegment view(long address, long bytes) {
        return ALL.asSlice(address, bytes);
    }

    /** Rows are some hundred bytes: vectors inline into the caller's loop, where a call of the copying stub costs more. */
    private static final class Simd {
        private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
        private static final int STEP = SPECIES.vectorByteSize();

        static void copy(long from, MemorySegment into, long offset, int bytes) {
            int at = 0;
            for (; at <= bytes - STEP; at += STEP) {
                LongVector.fromMemorySegment(SPECIES, ALL, from + at, ByteOrder.nativeOrder())
                        .intoMemorySegment(into, offset + at, ByteOrder.nativeOrder());
            }
            if (at < bytes) {
                MemorySegment.copy(ALL, from + at, into, offset + at, bytes - at);
            }
        }
    }
}
