package dev.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** What every table of values of variable size must do; each implementation runs it. */
public abstract class ValueTableContract {
    protected abstract ValueTable create(int maxValueBytes, long maxRows);

    @Test
    void get_unknownKey_writesNothing() {
        try (ValueTable table = create(100, 100)) {
            byte[] into = {1, 1};
            assertEquals(ValueTable.NONE, table.get(7, MemorySegment.ofArray(into), 0));
            assertArrayEquals(new byte[] {1, 1}, into);
        }
    }

    @Test
    void put_lengthsFromNothingToTheLimit_areReadBack() {
        int limit = 3_000;
        try (ValueTable table = create(limit, limit + 1)) {
            for (int length = 0; length <= limit; length++) {
                long ignored = table.put(length, value(length, 1, length), 0, length);
            }
            byte[] into = new byte[limit];
            for (int length = 0; length <= limit; length++) {
                assertEquals(length, table.get(length, MemorySegment.ofArray(into), 0));
                assertArrayEquals(bytes(length, 1, length), Arrays.copyOf(into, length));
            }
            assertEquals(limit + 1, table.size());
        }
    }

    @Test
    void put_extremeKeys_areKeptApart() {
        try (ValueTable table = create(20, 100)) {
            long[] keys = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
            for (int i = 0; i < keys.length; i++) {
                long ignored = table.put(keys[i], value(keys[i], 1, i), 0, i);
            }
            for (int i = 0; i < keys.length; i++) {
                assertArrayEquals(bytes(keys[i], 1, i), read(table, keys[i]));
            }
        }
    }

    @Test
    void put_beyondTheLimits_isRefusedAndChangesNothing() {
        try (ValueTable table = create(100, 2)) {
            long ignored = table.put(1, value(1, 1, 50), 0, 50);
            MemorySegment longer = value(1, 2, 101);
            IllegalArgumentException tooLong =
                    assertThrows(IllegalArgumentException.class, () -> table.put(1, longer, 0, 101));
            assertTrue(
                    tooLong.getMessage().contains("101") && tooLong.getMessage().contains("100"), tooLong.getMessage());
            assertThrows(IllegalArgumentException.class, () -> table.put(1, longer, 0, -1));
            assertThrows(IndexOutOfBoundsException.class, () -> table.put(1, longer, 60, 50));
            assertArrayEquals(bytes(1, 1, 50), read(table, 1));
            ignored = table.put(2, longer, 0, 10);
            MillraceException full = assertThrows(MillraceException.class, () -> table.put(3, longer, 0, 1));
            assertEquals(ErrorCode.STORAGE_FAILED, full.code());
            ignored = table.put(2, longer, 0, 20);
            assertEquals(2, table.size());
        }
    }

    @Test
    void get_withoutRoom_isRefusedAndSaysHowMuchItNeeds() {
        try (ValueTable table = create(100, 10)) {
            long ignored = table.put(1, value(1, 1, 50), 0, 50);
            MemorySegment small = MemorySegment.ofArray(new byte[60]);
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> table.get(1, small, 20));
            assertTrue(
                    refused.getMessage().contains("50") && refused.getMessage().contains("40"), refused.getMessage());
            assertEquals(50, table.get(1, small, 10));
            int[] lengths = new int[2];
            assertThrows(IllegalArgumentException.class, () -> table.getBatch(new long[] {1, 1}, 2, small, 0, lengths));
        }
    }

    @Test
    void batches_someMissing_lieOneBehindTheOther() {
        try (ValueTable table = create(100, 100)) {
            byte[] from = new byte[7 + 64];
            MemorySegment.copy(value(5, 1, 13), 0, MemorySegment.ofArray(from), 7, 13);
            MemorySegment.copy(value(6, 1, 40), 0, MemorySegment.ofArray(from), 7 + 16, 40);
            long ignored =
                    table.putBatch(new long[] {5, 8, 6}, 3, MemorySegment.ofArray(from), 7, new int[] {13, 0, 40});
            byte[] into = new byte[200];
            int[] lengths = new int[4];
            long end = table.getBatch(new long[] {6, 4, 8, 5}, 4, MemorySegment.ofArray(into), 3, lengths);
            assertArrayEquals(new int[] {40, ValueTable.NONE, 0, 13}, lengths);
            assertEquals(3 + 40 + 13, end);
            assertArrayEquals(bytes(6, 1, 40), Arrays.copyOfRange(into, 3, 43));
            assertArrayEquals(bytes(5, 1, 13), Arrays.copyOfRange(into, 43, 56));
            assertEquals(0, into[56]);
        }
    }

    @Test
    void operations_atRandom_matchAMapOnTheHeap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (ValueTable table = create(2_000, 4_000)) {
            Map<Long, byte[]> model = new HashMap<>();
            for (int step = 0; step < 60_000; step++) {
                long key = random.nextInt(3_000) * 0x9E3779B9L;
                if (random.nextInt(3) > 0) {
                    byte[] value = bytes(key, step, length(random, step));
                    model.put(key, value);
                    long ignored = table.put(key, MemorySegment.ofArray(value), 0, value.length);
                } else if (random.nextBoolean()) {
                    assertEquals(model.remove(key) != null, table.remove(key), "seed " + seed);
                } else {
                    assertArrayEquals(model.get(key), read(table, key), "seed " + seed);
                }
            }
            requireSame(model, table, random, "seed " + seed);
        }
    }

    /** Which lengths are frequent changes, so that memory must go from one size class to another. */
    private static int length(Random random, int step) {
        int phase = step / 10_000 % 3;
        return switch (phase) {
            case 0 -> random.nextInt(60);
            case 1 -> random.nextInt(2_001);
            default -> random.nextInt(20) == 0 ? random.nextInt(2_001) : 900 + random.nextInt(100);
        };
    }

    private static void requireSame(Map<Long, byte[]> model, ValueTable table, Random random, String message) {
        assertEquals(model.size(), table.size(), message);
        Map<Long, byte[]> visited = new HashMap<>();
        table.forEach((key, value) -> visited.put(key, value.toArray(ValueLayout.JAVA_BYTE)));
        assertEquals(model.keySet(), visited.keySet(), message);
        model.forEach((key, value) -> assertArrayEquals(value, visited.get(key), message));
        model.forEach((key, value) -> assertArrayEquals(value, read(table, key), message));
        long[] keys = new long[700];
        int[] lengths = new int[700];
        MemorySegment into = MemorySegment.ofArray(new byte[700 * 2_008]);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] = random.nextInt(3_000) * 0x9E3779B9L;
            }
            long end = table.getBatch(keys, keys.length, into, 0, lengths);
            long at = 0;
            for (int i = 0; i < keys.length; i++) {
                byte[] expected = model.get(keys[i]);
                assertEquals(expected == null ? ValueTable.NONE : expected.length, lengths[i], message);
                if (expected != null) {
                    at = ValueTable.aligned(at);
                    assertArrayEquals(expected, into.asSlice(at, lengths[i]).toArray(ValueLayout.JAVA_BYTE), message);
                    at += lengths[i];
                }
            }
            assertEquals(at, end, message);
        }
    }

    @Test
    void values_readWhileWritten_areNeverMixed() throws InterruptedException {
        try (ValueTable table = create(1_000, 10_000)) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            List<Thread> readers = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                Random random = new Random(r);
                readers.add(Thread.ofPlatform().start(() -> {
                    try {
                        readUntil(stop, table, random);
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            Random random = new Random(4);
            for (int version = 1; version <= 40_000; version++) {
                // The range widens, so that the index and memory grow under the readers.
                int key = random.nextInt(10 + version / 40);
                if (random.nextInt(10) == 0) {
                    boolean ignored = table.remove(key);
                } else {
                    int length = random.nextInt(1_001);
                    long ignored = table.put(key, value(key, version, length), 0, length);
                }
            }
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
        }
    }

    private static void readUntil(AtomicBoolean stop, ValueTable table, Random random) {
        long[] keys = new long[64];
        int[] lengths = new int[64];
        byte[] into = new byte[64 * 1_008];
        while (!stop.get()) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] = random.nextInt(1_000);
            }
            long ignored = table.getBatch(keys, keys.length, MemorySegment.ofArray(into), 0, lengths);
            int at = 0;
            for (int i = 0; i < keys.length; i++) {
                at = (int) ValueTable.aligned(at);
                requireWhole(keys[i], into, at, lengths[i]);
                at += Math.max(0, lengths[i]);
            }
            requireWhole(keys[0], into, 0, table.get(keys[0], MemorySegment.ofArray(into), 0));
        }
    }

    /** A value tells whose it is, and each byte follows from the first ones. */
    protected static void requireWhole(long key, byte[] into, int from, int length) {
        if (length < 12) {
            return;
        }
        MemorySegment memory = MemorySegment.ofArray(into);
        assertEquals(key, memory.get(ValueLayout.JAVA_LONG_UNALIGNED, from));
        int version = memory.get(ValueLayout.JAVA_INT_UNALIGNED, from + 8);
        assertArrayEquals(bytes(key, version, length), Arrays.copyOfRange(into, from, from + length));
        assertFalse(length > 1_000);
    }

    protected static byte[] bytes(long key, int version, int length) {
        byte[] bytes = new byte[Math.max(12, length)];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, key);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, 8, version);
        for (int i = 12; i < length; i++) {
            bytes[i] = (byte) (key * 31 + version * 7 + i);
        }
        return Arrays.copyOf(bytes, length);
    }

    private static MemorySegment value(long key, int version, int length) {
        return MemorySegment.ofArray(bytes(key, version, length));
    }

    private static byte @Nullable [] read(ValueTable table, long key) {
        byte[] into = new byte[table.maxValueBytes()];
        int length = table.get(key, MemorySegment.ofArray(into), 0);
        return length < 0 ? null : Arrays.copyOf(into, length);
    }
}
