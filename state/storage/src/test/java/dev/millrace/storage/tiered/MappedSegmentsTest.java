package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.cold.MemoryColdStore;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.PlainMappingDisk;
import dev.millrace.testkit.Seed;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Rows read by loads from mapped segments; plain mappings stand in for persistent memory. */
class MappedSegmentsTest {
    private static final int KEYS = 3_000;
    private static final int LONGS = 32;
    /** Few of them fit into memory. */
    private static final TableSpec ROWS = TableSpec.tiered("rows", LONGS * Long.BYTES, 10_000, 20 * 300);

    private static final TableSpec VALUES = TableSpec.values("values", 4_000, 10_000, 200_000);

    private final PlainMappingDisk device = new PlainMappingDisk();

    @TempDir
    private Path directory;

    private TieredStore open(StoreConfig config) throws IOException {
        return TieredStore.open(
                directory, config, List.of(ROWS, VALUES), new TieredStore.Surroundings(device, () -> 1, false));
    }

    private TieredStore open() throws IOException {
        return open(StoreFixture.SMALL);
    }

    private static void fill(TieredStore store, int version) {
        for (int key = 0; key < KEYS; key++) {
            store.table("rows").put(key, StoreFixture.row(key, version, LONGS), 0);
            StoreFixture.putValue(store.values("values"), key, version);
        }
        store.awaitDurable(store.position());
    }

    private static void requireAll(TieredStore store, int version) {
        for (int key = 0; key < KEYS; key++) {
            assertEquals(version, StoreFixture.version(store.table("rows"), key), "row of key " + key);
            assertEquals(version, StoreFixture.valueVersion(store.values("values"), key), "value of key " + key);
        }
    }

    @Test
    void rowsAndValues_ofSealedSegments_areReadByLoads() throws IOException {
        // Of every fifth version, values are long, and lie across pages.
        int longOnes = 5;
        try (TieredStore store = open()) {
            assertEquals(StoreStat.Access.LOADS, store.stat().access());
            fill(store, longOnes);
            requireAll(store, longOnes);
            requireBatches(store, longOnes);
            int sealed = store.stat().segments().size() - 1;
            assertTrue(sealed > 10, sealed + " segments");
            assertTrue(device.alive() > sealed - 3 && device.alive() <= sealed, device.alive() + " of " + sealed);
            assertTrue(
                    store.stat("rows").reads().fromDisk() > KEYS,
                    () -> store.stat("rows").toString());
        }
        assertEquals(0, device.alive(), "closing leaves no mapping");
        try (TieredStore store = open()) {
            requireAll(store, longOnes);
            assertTrue(device.alive() > 10, "what was there before is mapped as well");
        }
        assertEquals(0, device.alive());
    }

    private static void requireBatches(TieredStore store, int version) {
        Random random = Seed.random("MappedSegmentsTest");
        long[] keys = random.longs(700, 0, KEYS + 50).toArray();
        MemorySegment rows = MemorySegment.ofArray(new long[keys.length * LONGS]);
        boolean[] found = new boolean[keys.length];
        int ignored = store.table("rows").getBatch(keys, keys.length, rows, 0, found);
        MemorySegment values = MemorySegment.ofArray(new long[keys.length * 500]);
        int[] lengths = new int[keys.length];
        long used = store.values("values").getBatch(keys, keys.length, values, 0, lengths);
        assertTrue(used > 0);
        for (int i = 0; i < keys.length; i++) {
            assertEquals(keys[i] < KEYS, found[i]);
            MemorySegment row = rows.asSlice((long) i * ROWS.rowBytes(), ROWS.rowBytes());
            assertEquals(-1, found[i] ? row.mismatch(StoreFixture.row(keys[i], version, LONGS)) : -1);
            long expected = found[i] ? StoreFixture.value(keys[i], version).byteSize() : -1;
            assertEquals(expected, lengths[i], "value of key " + keys[i]);
        }
    }

    @Test
    void damage_inAMappedSegment_isFoundByItsChecksumAndNamed() throws IOException {
        try (TieredStore store = open()) {
            fill(store, 1);
            Path damaged = firstSegment(store);
            try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
                file.seek(40_000);
                int before = file.read();
                file.seek(40_000);
                file.write(before ^ 4);
            }
            List<String> failures = failures(store);
            assertEquals(1, failures.size(), failures::toString);
            assertTrue(failures.getFirst().contains(damaged.getFileName() + " at byte 3"), failures::toString);
        }
    }

    /** Often enough that the reading code is compiled, in which the JVM meets the signal in another way. */
    @Test
    void file_cutWhileItIsMapped_failsReadsAndNotTheProcess() throws IOException {
        try (TieredStore store = open()) {
            fill(store, 1);
            requireAll(store, 1);
            Path cut = firstSegment(store);
            try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
                file.setLength(8_192);
            }
            List<String> failures = failures(store);
            assertTrue(failures.size() > 10, failures::toString);
            assertTrue(
                    failures.stream()
                            .allMatch(failure ->
                                    failure.contains(cut.getFileName().toString())),
                    failures::toString);
            for (int round = 0; round < 100; round++) {
                assertEquals(failures.size(), failures(store).size(), "round " + round);
            }
            // What was read once, of a record that is gone now, is not given again.
            int gone = firstGone(store);
            for (int round = 0; round < 20_000; round++) {
                assertThrows(MillraceException.class, () -> StoreFixture.version(store.table("rows"), gone));
            }
        }
    }

    private static int firstGone(TieredStore store) {
        int key = 0;
        while (true) {
            try {
                int ignored = StoreFixture.version(store.table("rows"), key++);
            } catch (MillraceException e) {
                return key - 1;
            }
        }
    }

    /** What reading each row and each value says that does not give it; those that are given are the right ones. */
    private static List<String> failures(TieredStore store) {
        List<String> failures = new ArrayList<>();
        for (int key = 0; key < KEYS / 3; key++) {
            int at = key;
            for (Runnable read : List.<Runnable>of(
                    () -> assertEquals(1, StoreFixture.version(store.table("rows"), at)),
                    () -> assertEquals(1, StoreFixture.valueVersion(store.values("values"), at)))) {
                try {
                    read.run();
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.STORAGE_FAILED, e.code());
                    failures.add(e.getMessage());
                }
            }
        }
        return failures;
    }

    private Path firstSegment(TieredStore store) {
        return directory.resolve(store.stat().segments().getFirst().file());
    }

    @Test
    void segments_packedWhileTheyAreRead_goWhenTheirReadersHaveLeft() throws Exception {
        try (TieredStore store = open()) {
            fill(store, 1);
            AtomicInteger newest = new AtomicInteger(1);
            AtomicInteger durable = new AtomicInteger(1);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            AtomicInteger reads = new AtomicInteger();
            List<Thread> readers = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                Random random = Seed.random("MappedSegmentsTest-" + r);
                readers.add(Thread.ofPlatform().start(() -> {
                    try {
                        while (!Thread.currentThread().isInterrupted()) {
                            read(store, random.nextInt(KEYS), durable, newest);
                            reads.incrementAndGet();
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            int packed = 0;
            for (int version = 2; version <= 9 && failure.get() == null; version++) {
                newest.set(version);
                fill(store, version);
                durable.set(version);
                packed += store.pack();
                store.checkpoint();
            }
            for (Thread reader : readers) {
                reader.interrupt();
                reader.join();
            }
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
            assertTrue(packed > 20 && reads.get() > 100, packed + " packed, " + reads + " reads");
            requireAll(store, 9);
            long there = store.stat().segments().size();
            assertTrue(device.alive() < there, device.alive() + " mappings of " + there + " segments");
            assertTrue(device.mapped() > there, device.mapped() + " mapped in all");
        }
        assertEquals(0, device.alive());
    }

    private static void read(TieredStore store, int key, AtomicInteger durable, AtomicInteger newest) {
        int atLeast = durable.get();
        int row = StoreFixture.version(store.table("rows"), key);
        int value = StoreFixture.valueVersion(store.values("values"), key);
        assertTrue(row >= atLeast && row <= newest.get(), "key " + key + " has version " + row);
        assertTrue(value >= atLeast && value <= newest.get(), "key " + key + " has version " + value);
    }

    @Test
    void segments_thatLeaveTheDisk_leaveNoMappingAndAreReadFromBelow() throws IOException {
        MemoryColdStore cold = new MemoryColdStore();
        StoreConfig config = StoreFixture.SMALL.withCold(
                ColdTierConfig.of(cold).withOlderThan(Duration.ZERO).withReader(ColdReaderConfig.patient()));
        try (TieredStore store = open(config)) {
            fill(store, 1);
            requireAll(store, 1);
            long before = device.alive();
            store.checkpoint();
            ColdTier tier = store.coldTier();
            assertTrue(tier != null);
            while (tier.moveOne() > 0) {
                // The next one.
            }
            store.checkpoint();
            assertTrue(device.alive() < before / 2, device.alive() + " mappings of " + before);
            requireAll(store, 1);
            requireBatches(store, 1);
            assertTrue(store.coldReport().orElseThrow().bytesFetched() > 0);
        }
        assertEquals(0, device.alive());
    }

    @Test
    void files_thatCannotBeMapped_areReadAsOnAnyDisk() throws IOException {
        device.refuseFiles();
        try (TieredStore store = open()) {
            fill(store, 1);
            requireAll(store, 1);
            requireBatches(store, 1);
        }
        assertEquals(0, device.mapped());
    }

    @Test
    void disk_thatMapsNoFiles_isReadPastTheCache() throws IOException {
        try (TieredStore store = StoreFixture.open(directory, ROWS, VALUES)) {
            fill(store, 1);
            boolean maps = Disk.local().mappingRefusal(directory).isEmpty();
            assertEquals(maps, store.stat().access() == StoreStat.Access.LOADS);
            requireAll(store, 1);
        }
    }

    @Test
    void batches_thatHaveAFailure_sayIt() throws IOException {
        try (TieredStore store = open()) {
            fill(store, 1);
            try (RandomAccessFile file =
                    new RandomAccessFile(firstSegment(store).toFile(), "rw")) {
                file.setLength(4_096);
            }
            long[] keys = {0, 1, 2, 3, 4, 5};
            MemorySegment into = MemorySegment.ofArray(new long[keys.length * LONGS]);
            boolean[] found = new boolean[keys.length];
            MillraceException e = assertThrows(
                    MillraceException.class, () -> store.table("rows").getBatch(keys, keys.length, into, 0, found));
            assertEquals(ErrorCode.STORAGE_FAILED, e.code());
        }
    }
}
