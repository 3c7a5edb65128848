package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

class RawMemoryTest {
    private static final int CELLS = 4;

    @Test
    void matchCells_keyInEachCell_isWhereTheKeyIs() {
        Random random = new Random(11);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(64, 64);
            for (int round = 0; round < 1_000; round++) {
                long[] keys = random.longs(CELLS + 1).toArray();
                for (int cell = 0; cell < CELLS; cell++) {
                    line.set(ValueLayout.JAVA_LONG, 16L * cell, keys[cell]);
                    // What is beside a key is not one, even where it looks like it.
                    line.set(ValueLayout.JAVA_LONG, 16L * cell + 8, keys[(cell + 1) % CELLS]);
                }
                assertArrayEquals(new byte[] {1, 4, 16, 64, 0}, matches(line, keys));
            }
        }
    }

    @Test
    void matchCells_sameKeyTwice_hasBothBits() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(64, 64);
            line.set(ValueLayout.JAVA_LONG, 16, 7);
            line.set(ValueLayout.JAVA_LONG, 48, 7);
            assertArrayEquals(new byte[] {4 + 64, 1 + 16}, matches(line, 7, 0));
        }
    }

    /** What is found of each of the keys in that line; they are asked for behind others. */
    private static byte[] matches(MemorySegment line, long... keys) {
        int before = 3;
        long[] all = new long[before + keys.length];
        System.arraycopy(keys, 0, all, before, keys.length);
        long[] lines = new long[keys.length];
        Arrays.fill(lines, line.address());
        byte[] matches = new byte[keys.length];
        RawMemory.matchCells(all, before, keys.length, lines, matches);
        return matches;
    }

    @Test
    void copyAll_rowsOfAnySize_liesAsIfCopiedOneByOne() {
        Random random = new Random(12);
        for (int bytes = 1; bytes <= 600; bytes += bytes < 80 ? 1 : 37) {
            copyAndCompare(random, bytes, Arena.ofAuto().allocate(40L * bytes + 8));
            copyAndCompare(random, bytes, MemorySegment.ofArray(new byte[40 * bytes + 8]));
        }
    }

    private static void copyAndCompare(Random random, int bytes, MemorySegment into) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(100L * bytes);
            byte[] content = new byte[100 * bytes];
            random.nextBytes(content);
            rows.copyFrom(MemorySegment.ofArray(content));
            long[] addresses = random.longs(40, 0, 100)
                    .map(row -> rows.address() + row * bytes)
                    .toArray();
            into.fill((byte) 3);
            RawMemory.copyAll(addresses, 39, bytes, into, 5, bytes);
            for (int i = 0; i < 39; i++) {
                long row = addresses[i] - rows.address();
                assertEquals(
                        -1,
                        MemorySegment.mismatch(
                                rows, row, row + bytes, into, 5 + (long) i * bytes, 5 + (long) (i + 1) * bytes),
                        () -> "rows of " + bytes + " bytes");
            }
            assertEquals(3, into.get(ValueLayout.JAVA_BYTE, 4));
            assertEquals(3, into.get(ValueLayout.JAVA_BYTE, 5 + 39L * bytes));
        }
    }

    @Test
    void touchAll_rowsOfAnySize_readsEachLineOnce() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(20L * 1024, 64);
            rows.fill((byte) 1);
            long[] addresses = new long[20];
            for (int i = 0; i < addresses.length; i++) {
                addresses[i] = rows.address() + 1024L * i;
            }
            for (int bytes = 1; bytes <= 1024; bytes++) {
                // Two lines by one load of two bytes, the last ones by loads of one.
                int pairs = bytes / 128;
                int others = (bytes - 128 * pairs + 63) / 64;
                assertEquals(20L * (0x0101 * pairs + others), RawMemory.touchAll(addresses, 20, bytes));
            }
        }
    }
}
