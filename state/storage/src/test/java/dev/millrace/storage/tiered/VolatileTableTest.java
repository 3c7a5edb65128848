package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.RowTable;
import dev.millrace.storage.RowTableContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Tables whose rows are in memory alone. */
class VolatileTableTest extends RowTableContract {
    private static final TableSpec VECTORS = TableSpec.inMemory("vectors@1", 256, 1_000, 1 << 20);

    private final List<TieredStore> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    @Override
    protected RowTable create(int rowBytes, int maxRows) {
        try {
            TieredStore store = StoreFixture.open(directory.resolve(String.valueOf(opened.size())));
            opened.add(store);
            return store.create(TableSpec.inMemory("vectors", rowBytes, maxRows, Long.MAX_VALUE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (TieredStore store : opened) {
            store.close();
        }
    }

    @Test
    void rows_writtenAndRemoved_addNothingToTheLog() throws IOException {
        try (TieredStore store = StoreFixture.open(directory)) {
            long before = store.position();
            TieredTable table = store.create(VECTORS);
            fill(table, 500, 1);
            fill(table, 500, 2);
            assertTrue(table.remove(7));
            assertEquals(before, store.position());
            assertEquals(499, table.size());
            assertEquals(2, StoreFixture.version(table, 8));
            assertEquals(-1, StoreFixture.version(table, 7));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void drop_ofATable_givesItsMemoryBackAtOnce() throws IOException {
        try (TieredStore store = StoreFixture.open(directory)) {
            int rows = 250_000;
            TieredTable table = store.create(TableSpec.inMemory("vectors@1", 256, rows, Long.MAX_VALUE));
            long before = anonymousBytes();
            fill(table, rows, 1);
            long filled = anonymousBytes();
            assertTrue(filled - before > 60_000_000, filled - before + " bytes came");
            store.drop("vectors@1");
            long dropped = anonymousBytes();
            assertTrue(filled - dropped > 60_000_000, filled - dropped + " bytes went");
            // Reachable until here, so that no collection took it.
            assertEquals(-1, StoreFixture.version(table, 7));
        }
    }

    /** Of this process, outside of files. */
    private static long anonymousBytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(one -> one.startsWith("RssAnon:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }

    @Test
    void start_afterACloseOrACrash_knowsTheOtherTablesAlone() throws IOException {
        TableSpec rows = TableSpec.tiered("rows", 256, 1_000, 1 << 20);
        Path crashed = directory.resolve("crashed");
        Path store = directory.resolve("store");
        try (TieredStore first = StoreFixture.open(store, rows)) {
            fill(first.create(VECTORS), 100, 1);
            fill(first.table("rows"), 100, 1);
            first.checkpoint();
            // Of a table that was made behind it, whose number the vectors must not have taken.
            fill(first.create(TableSpec.tiered("later", 256, 1_000, 1 << 20)), 100, 1);
            first.increment();
            first.awaitDurable(first.position());
            StoreFixture.copy(store, crashed);
        }
        for (Path found : List.of(store, crashed)) {
            try (TieredStore second = StoreFixture.open(found)) {
                assertEquals(Set.of("rows", "later"), second.tableNames());
                TieredTable again = second.create(VECTORS);
                assertEquals(0, again.size());
                fill(again, 100, 2);
                for (int key = 0; key < 100; key++) {
                    assertEquals(1, StoreFixture.version(second.table("rows"), key));
                    assertEquals(1, StoreFixture.version(second.table("later"), key));
                    assertEquals(2, StoreFixture.version(again, key));
                }
                assertEquals(0, second.pack(), "nothing of them is counted as a dead record");
            }
        }
    }

    @Test
    void row_withoutRoomInTheBudget_isRefusedAndTheOthersStay() throws IOException {
        TableSpec spec = TableSpec.inMemory("vectors", 256, 1_000, 10 * 300);
        try (TieredStore store = StoreFixture.open(directory)) {
            TieredTable table = store.create(spec);
            fill(table, (int) spec.capacity(), 1);
            MillraceException refused = assertThrows(
                    MillraceException.class,
                    () -> table.put(spec.capacity(), StoreFixture.row(spec.capacity(), 1, 32), 0));
            assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
            assertTrue(refused.getMessage().contains("is volatile, and its"), refused.getMessage());
            assertTrue(spec.capacity() >= 9, () -> spec.capacity() + " rows");
            fill(table, (int) spec.capacity(), 2);
            assertEquals(2, StoreFixture.version(table, 0));
            TableStat.Memory memory = table.stat().memory();
            assertTrue(memory.taken() <= memory.budget(), memory::toString);
        }
    }

    @Test
    void versions_besideEachOther_countAgainstTheStoresBudgetUntilDropped() throws IOException {
        StoreConfig small = StoreFixture.SMALL.withDramBytes(2L << 20);
        TableSpec first = TableSpec.inMemory("vectors@1", 256, 100_000, 1 << 20);
        TableSpec third = TableSpec.inMemory("vectors@3", 256, 100_000, 1 << 20);
        try (TieredStore store = TieredStore.open(directory, small, List.of(first))) {
            fill(store.create(TableSpec.inMemory("vectors@2", 256, 100_000, 1 << 20)), 100, 1);
            TieredTable inUse = store.table("vectors@1");
            fill(inUse, 100, 1);
            assertThrows(MillraceException.class, () -> store.create(third));
            store.drop("vectors@1");
            assertEquals(-1, StoreFixture.version(inUse, 5), "whoever still reads it finds none, and no other's");
            assertEquals(0, store.create(third).size());
            assertEquals(Set.of("vectors@2", "vectors@3"), store.tableNames());
        }
    }

    @Test
    void forEach_visitsEachRowOnce() throws IOException {
        try (TieredStore store = StoreFixture.open(directory)) {
            TieredTable table = store.create(VECTORS);
            fill(table, 300, 1);
            table.remove(3);
            List<Long> keys = new ArrayList<>();
            table.forEach((key, rows, offset) -> {
                assertEquals(-1, rows.asSlice(offset, 256).mismatch(StoreFixture.row(key, 1, 32)));
                keys.add(key);
            });
            assertEquals(299, keys.size());
            assertEquals(299, Set.copyOf(keys).size());
            assertFalse(keys.contains(3L));
        }
    }

    @Test
    void whatNeedsTheDisk_isRefused() throws IOException {
        TableSpec rows = TableSpec.tiered("rows", 256, 1_000, 1 << 20);
        assertThrows(IllegalArgumentException.class, VECTORS::asPersonal);
        assertThrows(IllegalArgumentException.class, () -> VECTORS.withTtl(Duration.ofSeconds(5)));
        assertThrows(IllegalArgumentException.class, () -> VECTORS.withPrecision(Precision.INT8));
        try (TieredStore store = StoreFixture.open(directory, rows, VECTORS)) {
            MillraceException refused =
                    assertThrows(MillraceException.class, () -> store.publish("vectors", "vectors@1"));
            assertEquals(ErrorCode.INVALID_REQUEST, refused.code());
        }
        TableSpec other = rows.withPlacement(Placement.VOLATILE);
        assertThrows(IllegalArgumentException.class, () -> StoreFixture.open(directory, other));
    }

    private static void fill(TieredTable table, int rows, int version) {
        long[] keys = new long[1];
        for (int key = 0; key < rows; key++) {
            keys[0] = key;
            MemorySegment row = StoreFixture.row(key, version, 32);
            long ignored = table.putBatch(keys, 1, row, 0);
        }
    }
}
