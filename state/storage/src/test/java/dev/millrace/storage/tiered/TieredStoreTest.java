package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

class TieredStoreTest {
    private static final TableSpec ROWS = TableSpec.tiered("rows", 256, 100_000, 200 * 300);

    @TempDir
    private Path directory;

    private Path store() {
        return directory.resolve("store");
    }

    @Test
    void open_afterClose_hasEveryRow() throws IOException {
        Map<Long, Integer> expected = new HashMap<>();
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            write(store.table("rows"), expected, new Random(1), 20_000);
        }
        try (TieredStore store = StoreFixture.open(store())) {
            requireSame(expected, store.table("rows"));
            write(store.table("rows"), expected, new Random(2), 5_000);
        }
        try (TieredStore store = StoreFixture.open(store())) {
            requireSame(expected, store.table("rows"));
        }
    }

    @Test
    void open_ofWhatACrashLeaves_hasEveryAcknowledgedRow() throws IOException {
        Map<Long, Integer> expected = new HashMap<>();
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            for (int round = 0; round < 6; round++) {
                write(store.table("rows"), expected, new Random(round), 3_000);
                if (round == 2 || round == 4) {
                    store.checkpoint();
                }
                store.awaitDurable(store.position());
                Path left = directory.resolve("left" + round);
                StoreFixture.copy(store(), left);
                try (TieredStore again = StoreFixture.open(left)) {
                    requireSame(expected, again.table("rows"));
                }
            }
        }
    }

    @Test
    void open_withoutAnyCheckpoint_readsAllSegments() throws IOException {
        Map<Long, Integer> expected = new HashMap<>();
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            write(store.table("rows"), expected, new Random(1), 10_000);
            store.checkpoint();
            store.pack();
            write(store.table("rows"), expected, new Random(2), 10_000);
            store.awaitDurable(store.position());
            Path left = directory.resolve("left");
            StoreFixture.copy(store(), left);
            for (Path file : StoreFixture.files(left)) {
                String name = file.getFileName().toString();
                if (name.startsWith("checkpoint") || name.endsWith(".idx")) {
                    Files.delete(file);
                }
            }
            try (TieredStore again = StoreFixture.open(left)) {
                requireSame(expected, again.table("rows"));
            }
        }
    }

    @Test
    void pack_whileRowsAreReadAndWritten_losesNothingAndFreesTheDisk() throws Exception {
        Map<Long, Integer> expected = new HashMap<>();
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            TieredTable table = store.table("rows");
            write(table, expected, new Random(1), 20_000);
            long before = bytes(store);
            AtomicBoolean stop = new AtomicBoolean();
            Thread keeper = Thread.ofPlatform().start(() -> {
                try {
                    while (!stop.get()) {
                        int ignored = store.pack();
                        store.checkpoint();
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            for (int round = 0; round < 20; round++) {
                write(table, expected, new Random(100 + round), 1_000);
                requireSame(expected, table);
            }
            stop.set(true);
            keeper.join();
            int ignored = store.pack();
            store.checkpoint();
            requireSame(expected, table);
            assertTrue(bytes(store) < 2 * before / 3, () -> before + " bytes before, " + bytes(store) + " after");
            store.awaitDurable(store.position());
            Path left = directory.resolve("left");
            StoreFixture.copy(store(), left);
            try (TieredStore again = StoreFixture.open(left)) {
                requireSame(expected, again.table("rows"));
            }
        }
    }

    @Test
    void tables_madeDroppedAndPublished_areAsBefore() throws IOException {
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            store.create(TableSpec.pinned("items@1", 64, 100)).put(1, StoreFixture.row(1, 1, 8), 0);
            store.publish("items", "items@1");
            store.create(TableSpec.pinned("items@2", 64, 100)).put(1, StoreFixture.row(1, 2, 8), 0);
            assertEquals(1, StoreFixture.version(store.current("items"), 1));
            store.publish("items", "items@2");
            assertEquals(2, StoreFixture.version(store.current("items"), 1));
            MillraceException inUse = assertThrows(MillraceException.class, () -> store.drop("items@2"));
            assertEquals(ErrorCode.CONFLICT, inUse.code());
            store.drop("items@1");
        }
        try (TieredStore store = StoreFixture.open(store())) {
            assertEquals(2, StoreFixture.version(store.current("items"), 1));
            assertEquals(
                    ErrorCode.NOT_FOUND,
                    assertThrows(MillraceException.class, () -> store.table("items@1"))
                            .code());
        }
    }

    @Test
    void warmUp_afterAStart_fillsMemoryUpToItsBudget() throws IOException {
        Map<Long, Integer> expected = new HashMap<>();
        TableSpec small = TableSpec.tiered("small", 64, 1_000, 20 * 120);
        try (TieredStore store = StoreFixture.open(store(), TableSpec.tiered("rows", 256, 100_000, 1 << 20), small)) {
            write(store.table("rows"), expected, new Random(1), 20_000);
            for (int key = 0; key < 500; key++) {
                store.table("small").put(key, StoreFixture.row(key, 1, 8), 0);
            }
        }
        try (TieredStore store = StoreFixture.open(store())) {
            store.warmUp();
            TableStat rows = store.table("rows").stat();
            assertEquals(rows.rows(), rows.residentRows());
            requireSame(expected, store.table("rows"));
            assertEquals(0, store.table("rows").stat().reads().fromDisk());
            TableStat few = store.table("small").stat();
            assertTrue(few.residentRows() >= 20 && few.residentRows() < 40, few::toString);
            assertEquals(1, StoreFixture.version(store.table("small"), 7));
        }
    }

    @Test
    void create_afterTheNewestTableWasDropped_neverTakesItsIdAgain() throws IOException {
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            store.create(TableSpec.pinned("gone", 64, 100)).put(1, StoreFixture.row(1, 1, 8), 0);
            store.drop("gone");
        }
        try (TieredStore store = StoreFixture.open(store())) {
            TieredTable other = store.create(TableSpec.pinned("other", 64, 100));
            assertEquals(3, other.id());
            assertEquals(-1, StoreFixture.version(other, 1));
        }
    }

    @Test
    void create_beyondTheStoresBudget_isRefused() throws IOException {
        StoreConfig config = StoreFixture.SMALL.withDramBytes(100_000);
        try (TieredStore store = TieredStore.open(store(), config, List.of(ROWS))) {
            MillraceException refused = assertThrows(
                    MillraceException.class, () -> store.create(TableSpec.tiered("more", 64, 1_000, 50_000)));
            assertEquals(ErrorCode.INVALID_REQUEST, refused.code());
            assertTrue(refused.getMessage().contains("100000"), refused.getMessage());
        }
    }

    @Test
    void open_withAnUnfinishedSegmentInTheMiddle_goesOn() throws IOException {
        Map<Long, Integer> expected = new HashMap<>();
        for (int start = 0; start < 3; start++) {
            try (TieredStore store = StoreFixture.open(store(), ROWS)) {
                write(store.table("rows"), expected, new Random(start), 500);
                store.awaitDurable(store.position());
                store.abandon();
            }
            // A crash while the next segment was being made leaves it empty.
            long next = StoreFixture.files(store()).stream()
                    .filter(file -> file.toString().endsWith(".log"))
                    .count();
            Files.write(store().resolve("%016x.log".formatted(next + 1)), new byte[start * 100]);
        }
        try (TieredStore store = StoreFixture.open(store())) {
            requireSame(expected, store.table("rows"));
        }
    }

    @Test
    void open_whileAnotherHasIt_saysWho() throws IOException {
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            MillraceException taken = assertThrows(MillraceException.class, () -> StoreFixture.open(store()));
            assertEquals(ErrorCode.CONFLICT, taken.code());
            assertTrue(
                    taken.getMessage()
                            .contains(String.valueOf(ProcessHandle.current().pid())),
                    taken.getMessage());
            assertEquals(0, store.table("rows").size());
        }
    }

    @Test
    void open_withRowsOfAnotherSize_isRefused() throws IOException {
        try (TieredStore store = StoreFixture.open(store(), ROWS)) {
            store.table("rows").put(1, StoreFixture.row(1, 1, 32), 0);
        }
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> StoreFixture.open(store(), TableSpec.tiered("rows", 128, 100, 10_000)));
        assertTrue(refused.getMessage().contains("256"), refused.getMessage());
        try (TieredStore store = StoreFixture.open(store())) {
            assertEquals(1, StoreFixture.version(store.table("rows"), 1));
        }
    }

    private static void write(TieredTable table, Map<Long, Integer> expected, Random random, int steps) {
        for (int i = 0; i < steps; i++) {
            long key = random.nextInt(3_000);
            if (random.nextInt(5) == 0) {
                assertEquals(expected.remove(key) != null, table.remove(key));
            } else {
                int version = random.nextInt(1_000_000);
                table.put(key, StoreFixture.row(key, version, 32), 0);
                expected.put(key, version);
            }
        }
    }

    static void requireSame(Map<Long, Integer> expected, TieredTable table) {
        assertEquals(expected.size(), table.size());
        for (long key = 0; key < 3_000; key++) {
            assertEquals(expected.getOrDefault(key, -1), StoreFixture.version(table, key), "key " + key);
        }
    }

    private static long bytes(TieredStore store) {
        return store.stat().segments().stream()
                .mapToLong(StoreStat.SegmentStat::bytes)
                .sum();
    }
}
