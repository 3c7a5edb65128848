package dev.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

/** What every row table must do; each implementation runs it. */
public abstract class RowTableContract {
    protected abstract RowTable create(int rowBytes, int maxRows);

    @Test
    void get_unknownKey_writesNothing() {
        try (RowTable table = create(8, 100)) {
            byte[] into = {1, 1, 1, 1, 1, 1, 1, 1};
            assertFalse(table.get(7, MemorySegment.ofArray(into), 0));
            assertArrayEquals(new byte[] {1, 1, 1, 1, 1, 1, 1, 1}, into);
        }
    }

    @Test
    void put_extremeKeys_areKeptApart() {
        try (RowTable table = create(8, 100)) {
            long[] keys = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
            for (long key : keys) {
                table.put(key, MemorySegment.ofArray(new long[] {~key}), 0);
            }
            for (long key : keys) {
                long[] into = new long[1];
                assertTrue(table.get(key, MemorySegment.ofArray(into), 0));
                assertEquals(~key, into[0]);
            }
            assertEquals(keys.length, table.size());
        }
    }

    @Test
    void getBatch_someMissing_zeroFillsThemAndOnlyThem() {
        try (RowTable table = create(8, 100)) {
            table.put(5, MemorySegment.ofArray(new long[] {55}), 0);
            long[] into = {9, 9, 9, 9, 9};
            boolean[] found = new boolean[3];
            assertEquals(2, table.getBatch(new long[] {5, 6, 5}, 3, MemorySegment.ofArray(into), 8, found));
            assertArrayEquals(new long[] {9, 55, 0, 55, 9}, into);
            assertArrayEquals(new boolean[] {true, false, true}, found);
        }
    }

    @Test
    void operations_atRandom_matchAMapOnTheHeap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (RowTable table = create(24, 4_000)) {
            Map<Long, byte[]> model = new HashMap<>();
            for (int step = 0; step < 200_000; step++) {
                long key = random.nextInt(3_000) * 0x9E3779B9L;
                if (random.nextInt(3) > 0) {
                    byte[] row = new byte[24];
                    random.nextBytes(row);
                    model.put(key, row);
                    table.put(key, MemorySegment.ofArray(row), 0);
                } else {
                    assertEquals(model.remove(key) != null, table.remove(key), "seed " + seed);
                }
            }
            requireSame(model, table, "seed " + seed);
        }
    }

    @Test
    void rows_readWhileWritten_areNeverMixed() throws InterruptedException {
        int longs = 32;
        try (RowTable table = create(longs * 8, 10_000)) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            List<Thread> readers = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                readers.add(Thread.ofPlatform().start(() -> {
                    try {
                        readUntil(stop, table, longs);
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            writeAtRandom(table, longs, new Random(4));
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
        }
    }

    @Test
    void keys_askedForWhileOthersArrive_neverGiveTheRowsOfOthers() throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        for (int round = 0; round < 100; round++) {
            try (RowTable table = create(Long.BYTES, 4_000)) {
                AtomicBoolean stop = new AtomicBoolean();
                Thread reader = Thread.ofPlatform().start(() -> {
                    try {
                        askUntil(stop, table, 4_000);
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
                long[] row = new long[1];
                for (int key = 0; key < 4_000; key++) {
                    row[0] = key;
                    table.put(key, MemorySegment.ofArray(row), 0);
                }
                stop.set(true);
                reader.join();
            }
        }
        assertNull(failure.get(), () -> String.valueOf(failure.get()));
    }

    private static void askUntil(AtomicBoolean stop, RowTable table, int keyCount) {
        Random random = new Random(6);
        long[] keys = new long[64];
        boolean[] found = new boolean[64];
        long[] rows = new long[64];
        while (!stop.get()) {
            // About the newest key, where cells are being taken.
            long newest = Math.min(keyCount - 1, table.size());
            for (int i = 0; i < keys.length; i++) {
                keys[i] = newest + random.nextInt(64);
            }
            table.getBatch(keys, keys.length, MemorySegment.ofArray(rows), 0, found);
            for (int i = 0; i < keys.length; i++) {
                assertEquals(found[i] ? keys[i] : 0, rows[i], "the row of key " + keys[i]);
            }
            if (table.get(keys[0], MemorySegment.ofArray(rows), 0)) {
                assertEquals(keys[0], rows[0], "the row of key " + keys[0]);
            }
        }
    }

    /** Every long of a row holds the same value, whose lower half is the key. */
    private static void writeAtRandom(RowTable table, int longs, Random random) {
        long[] row = new long[longs];
        for (int version = 1; version <= 400_000; version++) {
            // The range widens, so that the index and the chunks grow under the readers.
            int key = random.nextInt(10 + version / 100);
            if (random.nextInt(10) == 0) {
                table.remove(key);
            } else {
                Arrays.fill(row, (long) version << 32 | key);
                table.put(key, MemorySegment.ofArray(row), 0);
            }
        }
    }

    private static void readUntil(AtomicBoolean stop, RowTable table, int longs) {
        long[] keys = new long[64];
        boolean[] found = new boolean[64];
        long[] into = new long[64 * longs];
        Random random = new Random(5);
        while (!stop.get()) {
            for (int i = 0; i < 64; i++) {
                keys[i] = random.nextInt(2_000);
            }
            table.getBatch(keys, 64, MemorySegment.ofArray(into), 0, found);
            for (int i = 0; i < 64; i++) {
                requireWhole(keys[i], found[i], into, i * longs, longs);
            }
            boolean one = table.get(keys[0], MemorySegment.ofArray(into), 0);
            if (one) {
                requireWhole(keys[0], true, into, 0, longs);
            }
        }
    }

    private static void requireWhole(long key, boolean found, long[] into, int from, int longs) {
        long first = into[from];
        for (int i = 1; i < longs; i++) {
            assertEquals(first, into[from + i], "a mixed row of key " + key);
        }
        assertEquals(found ? key : 0, first & 0xFFFF_FFFFL);
    }

    private static void requireSame(Map<Long, byte[]> model, RowTable table, String message) {
        assertEquals(model.size(), table.size(), message);
        Map<Long, byte[]> visited = new HashMap<>();
        table.forEach((key, rows, offset) ->
                visited.put(key, rows.asSlice(offset, table.rowBytes()).toArray(ValueLayout.JAVA_BYTE)));
        assertEquals(model.keySet(), visited.keySet(), message);
        model.forEach((key, row) -> assertArrayEquals(row, visited.get(key), message));
        byte[] into = new byte[table.rowBytes()];
        model.forEach((key, row) -> {
            assertTrue(table.get(key, MemorySegment.ofArray(into), 0), message);
            assertArrayEquals(row, into, message);
        });
    }
}
