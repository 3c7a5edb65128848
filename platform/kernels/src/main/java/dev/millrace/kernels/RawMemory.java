package dev.millrace.kernels;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

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
    private static final int CELL = 16;
    private static final int PAGE = 4096;
    /**
     * All bits of an address that a process can have. Where one goes through this mask, the compiler sees that a row's further
     * lines lie in {@link #ALL} as well, and leaves out a check for each.
     */
    static final long ADDRESS_BITS = (1L << 62) - 1;

    private RawMemory() {}

    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    public static short getShort(long address) {
        return ALL.get(ValueLayout.JAVA_SHORT, address);
    }

    public static void putShort(long address, short value) {
        ALL.set(ValueLayout.JAVA_SHORT, address, value);
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
     * Reads from each 64-byte line of many rows, so that the lines are on their way to the cache: Java has no prefetch. The
     * loads do not depend on each other, hence the processor overlaps their misses, as many as it can look ahead. So these
     * loops hold nothing but the loads: with a search or a copy between them, fewer would be under way. One load takes two
     * lines, of each its end or its beginning: so the processor looks twice as far ahead.
     *
     * @param addresses where the rows begin; those of two lines or more at the border of one
     * @return a sum that the caller keeps, lest the loads are left out as useless
     */
    public static long touchAll(long[] addresses, int count, int bytes) {
        Objects.checkFromIndexSize(0, count, addresses.length);
        long sum = 0;
        int at = 0;
        for (; at <= bytes - 4 * LINE; at += 4 * LINE) {
            for (int i = 0; i < count; i++) {
                long address = (addresses[i] & ADDRESS_BITS) + at;
                sum += touchTwo(address) + touchTwo(address + 2 * LINE);
            }
        }
        for (; at <= bytes - 2 * LINE; at += 2 * LINE) {
            for (int i = 0; i < count; i++) {
                sum += touchTwo(addresses[i] + at);
            }
        }
        for (; at < bytes; at += LINE) {
            for (int i = 0; i < count; i++) {
                sum += ALL.get(ValueLayout.JAVA_BYTE, addresses[i] + at);
            }
        }
        return sum;
    }

    /** Reads the last byte of a line and the first of the next. */
    private static long touchTwo(long line) {
        return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, line + LINE - 1);
    }

    /**
     * Copies rows into a segment, whose bounds are checked.
     *
     * @param offset where the first goes
     * @param pitch how many bytes lie between the beginnings of one and the next
     */
    public static void copyAll(long[] addresses, int count, int bytes, MemorySegment into, long offset, long pitch) {
        if (SIMD && into.isNative()) {
            Simd.copyAll(addresses, count, bytes, into, offset, pitch);
            return;
        }
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(ALL, addresses[i], into, offset + i * pitch, bytes);
        }
    }

    /**
     * Compares keys with the four cells of 16 bytes of a cache line each, every one of which begins with a key. Holds no branch
     * that depends on what is compared: where a key lies in its line is a matter of chance, which no processor predicts.
     *
     * @param keys of which {@code count} count, from {@code from} on
     * @param lines where the line of each of these keys begins, from 0 on
     * @param matches gets for each of these keys, from 0 on, bit 2·c where cell c begins with it
     */
    public static void matchCells(long[] keys, int from, int count, long[] lines, byte[] matches) {
        Objects.checkFromIndexSize(from, count, keys.length);
        if (SIMD) {
            Simd.matchCells(keys, from, count, lines, matches);
            return;
        }
        for (int i = 0; i < count; i++) {
            int match = 0;
            for (int cell = 0; cell < LINE / CELL; cell++) {
                match |= getLong(lines[i] + (long) cell * CELL) == keys[from + i] ? 1 << (2 * cell) : 0;
            }
            matches[i] = (byte) match;
        }
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
        if (SIMD && bytes <= PAGE && from.isNative()) {
            Simd.copy(from, offset, to, (int) bytes);
        } else {
            MemorySegment.copy(from, offset, ALL, to, bytes);
        }
    }

    public static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    /**
     * Has the system give memory its pages now, rather than when somebody comes to need them. Changes nothing that lies
     * there, whoever writes meanwhile.
     *
     * @param address a multiple of 8
     */
    public static void commit(long address, long bytes) {
        for (long at = 0; at <= bytes - Long.BYTES; at += PAGE) {
            long ignored = (long) LONG.getAndAdd(ALL, address + at, 0L);
        }
    }

    /** All of memory as a segment whose offsets are addresses, for those who would make a view a row. It checks no bounds. */
    public static MemorySegment all() {
        return ALL;
    }

    /** A view of raw memory as a segment that checks its own bounds. */
    public static MemorySegment view(long address, long bytes) {
        return ALL.asSlice(address, bytes);
    }

    /** Rows are some hundred bytes: vectors inline into the caller's loop, where a call of the copying stub costs more. */
    private static final class Simd {
        private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
        private static final int STEP = SPECIES.vectorByteSize();

        /** Keys are every other word of a line. */
        private static final long KEYS = 0x55;

        static void matchCells(long[] keys, int from, int count, long[] lines, byte[] matches) {
            for (int i = 0; i < count; i++) {
                long same = 0;
                for (int at = 0; at < LINE; at += STEP) {
                    same |= words(lines[i] + at).eq(keys[from + i]).toLong() << (at / Long.BYTES);
                }
                matches[i] = (byte) (same & KEYS);
            }
        }

        static void copyAll(long[] addresses, int count, int bytes, MemorySegment into, long offset, long pitch) {
            int at = 0;
            for (; at <= bytes - 4 * STEP; at += 4 * STEP) {
                for (int i = 0; i < count; i++) {
                    copyFour((addresses[i] & ADDRESS_BITS) + at, into, offset + i * pitch + at);
                }
            }
            for (int i = 0; at < bytes && i < count; i++) {
                copyRest(addresses[i], into, offset + i * pitch, at, bytes);
            }
        }

        private static LongVector words(long address) {
            return LongVector.fromMemorySegment(SPECIES, ALL, address, ByteOrder.nativeOrder());
        }

        static void copy(long from, MemorySegment into, long offset, int bytes) {
            int at = 0;
            for (; at <= bytes - 4 * STEP; at += 4 * STEP) {
                copyFour(from + at, into, offset + at);
            }
            copyRest(from, into, offset, at, bytes);
        }

        private static void copyFour(long from, MemorySegment into, long offset) {
            copyStep(from, into, offset);
            copyStep(from + STEP, into, offset + STEP);
            copyStep(from + 2L * STEP, into, offset + 2L * STEP);
            copyStep(from + 3L * STEP, into, offset + 3L * STEP);
        }

        /** Copies what lies behind the first {@code done} bytes. */
        private static void copyRest(long from, MemorySegment into, long offset, int done, int bytes) {
            int at = done;
            for (; at <= bytes - STEP; at += STEP) {
                copyStep(from + at, into, offset + at);
            }
            if (at < bytes) {
                MemorySegment.copy(ALL, from + at, into, offset + at, bytes - at);
            }
        }

        private static void copyStep(long from, MemorySegment into, long offset) {
            words(from).intoMemorySegment(into, offset, ByteOrder.nativeOrder());
        }

        static void copy(MemorySegment from, long offset, long to, int bytes) {
            int at = 0;
            for (; at <= bytes - STEP; at += STEP) {
                LongVector.fromMemorySegment(SPECIES, from, offset + at, ByteOrder.nativeOrder())
                        .intoMemorySegment(ALL, to + at, ByteOrder.nativeOrder());
            }
            if (at < bytes) {
                MemorySegment.copy(from, offset + at, ALL, to + at, bytes - at);
            }
        }
    }
}
