package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.memory.CellIndex;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/** An index that is written while it is copied. */
class IndexCopyTest {
    @TempDir
    private Path directory;

    @Test
    void index_writtenWhileItIsCopied_hasEveryChange() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            View view = new View(CellIndex.sizedFor(500));
            Map<Long, Long> expected = new HashMap<>();
            int before = random.nextInt(500);
            for (int i = 0; i < before; i++) {
                change(view, expected, random);
            }
            View next = view;
            while (next == view) {
                next = view.grow(expected.size(), 1 + random.nextInt(40), (place, counted) -> {});
                for (int i = random.nextInt(6);
                        i > 0 && next == view && !view.index().isFull();
                        i--) {
                    change(view, expected, random);
                }
            }
            requireSame(expected, next, "seed " + seed + ", round " + round);
        }
    }

    private static void change(View view, Map<Long, Long> expected, Random random) {
        long key = random.nextInt(700) * 0x9E3779B97F4A7C15L;
        long position = view.find(key);
        long entry = view.index().entry(position);
        if (random.nextInt(3) == 0) {
            if (entry != CellIndex.EMPTY) {
                view.set(position, key, CellIndex.removed(entry));
                expected.remove(key);
            }
        } else {
            long place = random.nextInt(1_000_000);
            view.set(position, key, CellIndex.next(entry, random.nextBoolean(), place));
            expected.put(key, place);
        }
    }

    private static void requireSame(Map<Long, Long> expected, View view, String message) {
        CellIndex index = view.index();
        int rows = 0;
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            rows += CellIndex.place(index.entry(position)) >= 0 ? 1 : 0;
        }
        assertEquals(expected.size(), rows, message);
        expected.forEach((key, place) -> assertEquals(place, CellIndex.place(index.entry(view.find(key))), message));
        assertTrue(!index.isFull(), message);
    }

    @Test
    void view_whileItGrows_isTheSameUntilAllIsCopied() {
        View view = new View(CellIndex.sizedFor(1_000));
        long cells = view.index().bytes() / CellIndex.CELL_BYTES;
        assertSame(view, view.grow(0, cells - 1, (place, counted) -> {}));
        assertTrue(view.isGrowing());
        assertNotSame(view, view.grow(0, 1, (place, counted) -> {}));
    }

    @Test
    void table_writtenWhileItsMappedIndexIsTakenOver_losesNothing() throws Exception {
        int[] expected = new int[30_000];
        Arrays.fill(expected, -1);
        TableSpec spec = TableSpec.tiered("rows", 64, 1_000_000, 500 * 100);
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            for (int key = 0; key < 20_000; key++) {
                store.table("rows").put(key, StoreFixture.row(key, 1, 8), 0);
                expected[key] = 1;
            }
        }
        try (TieredStore store = StoreFixture.open(directory)) {
            TieredTable table = store.table("rows");
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            Thread settling = Thread.ofPlatform().start(() -> {
                try {
                    table.upkeep().settle();
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            Random random = new Random(1);
            for (int i = 2; i < 30_000; i++) {
                int key = random.nextInt(expected.length);
                if (random.nextInt(4) == 0) {
                    assertEquals(expected[key] >= 0, table.remove(key));
                    expected[key] = -1;
                } else {
                    table.put(key, StoreFixture.row(key, i, 8), 0);
                    expected[key] = i;
                }
            }
            settling.join();
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
            assertTrue(table.view().isSettled());
            requireSame(expected, table);
        }
        try (TieredStore store = StoreFixture.open(directory)) {
            requireSame(expected, store.table("rows"));
        }
    }

    private static void requireSame(int[] expected, TieredTable table) throws IOException {
        assertEquals(Arrays.stream(expected).filter(version -> version >= 0).count(), table.size());
        for (int key = 0; key < expected.length; key++) {
            assertEquals(expected[key], StoreFixture.version(table, key), "key " + key);
        }
    }
}
