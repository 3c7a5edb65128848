package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.StoreLogConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What packing keeps, what it lets go, and what becomes of a store when it fails. */
class PackingTest {
    private static final TableSpec ROWS = TableSpec.tiered("rows", 256, 100_000, 200 * 300);

    @TempDir
    private Path directory;

    private Path path() {
        return directory.resolve("store");
    }

    @Test
    void removals_thatHideNothingAnyMore_goWithThePacking() throws IOException {
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            TieredTable table = store.table("rows");
            put(table, 0, 4_000, 1);
            for (int key = 0; key < 4_000; key++) {
                assertTrue(table.remove(key));
            }
            // The newest segment is never packed, nor one of which half are rows; what is before goes in a few rounds.
            put(table, 10_000, 1_200, 1);
            for (int round = 0; round < 4; round++) {
                int ignored = store.pack();
                store.checkpoint();
            }
            long records = records(store);
            assertTrue(
                    records < 2_100,
                    () -> records + " records for 1,200 rows: " + store.stat().segments());
            requireRebuilt(store, 10_000, 1_200, 0, 4_000);
        }
    }

    @Test
    void removals_thatHideOlderRows_areKeptAndNotPackedAgainAndAgain() throws IOException {
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            TieredTable table = store.table("rows");
            // Segments nearly all of whose rows stay, and removals of the few others.
            put(table, 0, 4_000, 1);
            for (int key = 0; key < 4_000; key += 10) {
                assertTrue(table.remove(key));
            }
            put(table, 10_000, 4_000, 1);
            for (int key = 10_000; key < 14_000; key += 2) {
                table.put(key, StoreFixture.row(key, 2, 32), 0);
            }
            put(table, 20_000, 1_200, 1);
            int first = store.pack();
            store.checkpoint();
            assertTrue(first > 0);
            for (int round = 0; round < 3; round++) {
                assertEquals(0, store.pack(), () -> store.stat().segments().toString());
            }
            Path left = copyWithoutCheckpoint(store);
            try (TieredStore again = StoreFixture.open(left)) {
                for (int key = 0; key < 4_000; key++) {
                    assertEquals(key % 10 == 0 ? -1 : 1, StoreFixture.version(again.table("rows"), key));
                }
            }
        }
    }

    @Test
    void removals_atRandomWithPacking_neverBringARowBack() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] expected = new int[2_000];
        Arrays.fill(expected, -1);
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            TieredTable table = store.table("rows");
            for (int round = 0; round < 12; round++) {
                for (int i = 0; i < 2_500; i++) {
                    int key = random.nextInt(expected.length);
                    if (random.nextInt(3) == 0) {
                        assertEquals(expected[key] >= 0, table.remove(key));
                        expected[key] = -1;
                    } else {
                        expected[key] = round * 10_000 + i;
                        table.put(key, StoreFixture.row(key, expected[key], 32), 0);
                    }
                }
                int ignored = store.pack();
                if (random.nextBoolean()) {
                    store.checkpoint();
                }
                store.awaitDurable(store.position());
                Path left = copyWithoutCheckpoint(store);
                try (TieredStore again = StoreFixture.open(left)) {
                    for (int key = 0; key < expected.length; key++) {
                        assertEquals(
                                expected[key],
                                StoreFixture.version(again.table("rows"), key),
                                "seed " + seed + ", round " + round + ", key " + key);
                    }
                }
            }
        }
    }

    @Test
    void pack_onADiskThatIsFull_failsAndIsDoneLater() throws IOException {
        CrashingFiles disk = new CrashingFiles(Long.MAX_VALUE, new Random(1));
        StoreConfig config = StoreFixture.SMALL;
        try (TieredStore store =
                TieredStore.open(path(), config, List.of(ROWS), new TieredStore.Surroundings(disk, () -> 1_000))) {
            TieredTable table = store.table("rows");
            for (int version = 1; version <= 5; version++) {
                put(table, 0, 1_500, version);
            }
            store.awaitDurable(store.position());
            disk.fillUp(true);
            for (int i = 0; i < 3; i++) {
                assertThrows(IOException.class, store::pack);
            }
            disk.fillUp(false);
            assertTrue(store.pack() > 0);
            store.checkpoint();
            assertTrue(
                    records(store) < 2 * 1_500 + 1_000,
                    () -> store.stat().segments().toString());
            long unused = store.stat().segments().stream()
                    .filter(segment -> segment.records() > 0
                            && segment.live() == 0
                            && segment.file().endsWith(".pack"))
                    .count();
            assertEquals(0, unused, () -> store.stat().segments().toString());
            requireRebuilt(store, 0, 1_500, 5_000, 10);
            for (int key = 0; key < 1_500; key++) {
                assertEquals(5, StoreFixture.version(table, key));
            }
        }
    }

    @Test
    void pack_withOneDamagedSegment_packsTheOthers() throws IOException {
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            for (int version = 1; version <= 5; version++) {
                put(store.table("rows"), 0, 1_500, version);
            }
            store.awaitDurable(store.position());
            Path first = StoreFixture.files(path()).stream()
                    .filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(first);
            bytes[bytes.length / 2] ^= 1;
            Files.write(first, bytes);
            assertTrue(store.pack() > 3, () -> store.stat().segments().toString());
            store.checkpoint();
            assertTrue(Files.exists(first), "what could not be read must not go");
            assertEquals(0, store.pack());
            for (int key = 0; key < 1_500; key++) {
                assertEquals(5, StoreFixture.version(store.table("rows"), key));
            }
        }
    }

    @Test
    void rows_whoseTimeIsOver_areNeitherCountedNorPackedNorWarmed() throws IOException {
        AtomicInteger now = new AtomicInteger(1_000);
        TableSpec spec = ROWS.withTtl(Duration.ofSeconds(60));
        TieredStore.Surroundings around = new TieredStore.Surroundings(Disk.local(), now::get);
        try (TieredStore store = TieredStore.open(path(), StoreFixture.SMALL, List.of(spec), around)) {
            put(store.table("rows"), 0, 4_000, 1);
            now.set(1_030);
            put(store.table("rows"), 10_000, 2_000, 1);
            now.set(1_065);
            for (int round = 0; round < 3; round++) {
                int ignored = store.pack();
                store.checkpoint();
            }
            assertEquals(2_000, store.table("rows").size());
            assertTrue(records(store) < 3_500, () -> store.stat().segments().toString());
            assertEquals(1, StoreFixture.version(store.table("rows"), 10_001));
        }
        now.set(1_100);
        try (TieredStore store = TieredStore.open(path(), StoreFixture.SMALL, List.of(spec), around)) {
            store.warmUp();
            assertEquals(0, store.table("rows").stat().residentRows());
            put(store.table("rows"), 20_000, 1_200, 1);
            for (int round = 0; round < 3; round++) {
                int ignored = store.pack();
                store.checkpoint();
            }
            assertEquals(1_200, store.table("rows").size());
            requireRebuilt(store, 20_000, 1_200, 0, 4_000);
        }
    }

    @Test
    void writers_ofATableWhoseDiskStalls_doNotWaitByTurns() throws Exception {
        CrashingFiles disk = new CrashingFiles(Long.MAX_VALUE, new Random(1));
        Duration limit = Duration.ofMillis(1_500);
        StoreConfig config = StoreFixture.SMALL.withLog(new StoreLogConfig(256 << 10, 64 << 10, Duration.ZERO, limit));
        try (TieredStore store =
                TieredStore.open(path(), config, List.of(ROWS), new TieredStore.Surroundings(disk, () -> 1_000))) {
            TieredTable table = store.table("rows");
            disk.fillUp(true);
            AtomicLong refused = new AtomicLong();
            long began = System.nanoTime();
            List<Thread> writers = new ArrayList<>();
            for (int w = 0; w < 6; w++) {
                writers.add(Thread.ofPlatform().start(() -> {
                    MillraceException full = assertThrows(MillraceException.class, () -> put(table, 0, 1_000, 1));
                    refused.addAndGet(full.code() == ErrorCode.STORAGE_FAILED ? 1 : 0);
                }));
            }
            for (Thread writer : writers) {
                writer.join();
            }
            long took = System.nanoTime() - began;
            assertEquals(6, refused.get());
            // One limit and a last try for each, where six limits would be nine seconds.
            assertTrue(took < 3 * limit.toNanos(), () -> took / 1_000_000 + " ms");
            disk.fillUp(false);
            store.awaitDurable(store.position());
        }
    }

    @Test
    void aliases_ofTheSameHash_areBothBackWithoutACheckpoint() throws IOException {
        assertEquals("ad-".hashCode(), "abk".hashCode());
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            store.create(TableSpec.pinned("one", 64, 10)).put(1, StoreFixture.row(1, 1, 8), 0);
            store.create(TableSpec.pinned("two", 64, 10)).put(1, StoreFixture.row(1, 2, 8), 0);
            store.publish("ad-", "two");
            store.publish("abk", "two");
            store.publish("ad-", "one");
            store.awaitDurable(store.position());
            Path left = copyWithoutCheckpoint(store);
            try (TieredStore again = StoreFixture.open(left)) {
                assertEquals(1, StoreFixture.version(again.current("ad-"), 1));
                assertEquals(2, StoreFixture.version(again.current("abk"), 1));
            }
        }
    }

    private static void put(TieredTable table, int first, int count, int version) {
        for (int key = first; key < first + count; key++) {
            table.put(key, StoreFixture.row(key, version, 32), 0);
        }
    }

    private static long records(TieredStore store) {
        return store.stat().segments().stream()
                .mapToLong(StoreStat.SegmentStat::records)
                .sum();
    }

    private Path copyWithoutCheckpoint(TieredStore store) throws IOException {
        store.awaitDurable(store.position());
        Path left = Files.createTempDirectory(directory, "left").resolve("store");
        StoreFixture.copy(path(), left);
        for (Path file : StoreFixture.files(left)) {
            String name = file.getFileName().toString();
            if (name.startsWith("checkpoint") || name.endsWith(".idx")) {
                Files.delete(file);
            }
        }
        return left;
    }

    /** Without a checkpoint, the store has the rows that are there and none of those that are gone. */
    private void requireRebuilt(TieredStore store, int there, int count, int gone, int goneCount) throws IOException {
        Path left = copyWithoutCheckpoint(store);
        try (TieredStore again = TieredStore.open(
                left, StoreFixture.SMALL, List.of(), new TieredStore.Surroundings(Disk.local(), store::nowSeconds))) {
            for (int key = there; key < there + count; key++) {
                assertTrue(StoreFixture.version(again.table("rows"), key) >= 1, "key " + key);
            }
            for (int key = gone; key < gone + goneCount; key++) {
                assertEquals(-1, StoreFixture.version(again.table("rows"), key));
            }
        }
    }
}
