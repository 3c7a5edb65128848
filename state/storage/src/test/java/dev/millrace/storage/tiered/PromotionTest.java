package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.StoredRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/** Rows on their way into memory: those that come too late, those for which there is no room, and those that nobody can take. */
class PromotionTest {
    private static final int LONGS = 8;
    private static final int ROW_BYTES = LONGS * Long.BYTES;
    private static final int ROWS = 8_000;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final TableSpec TIGHT = TableSpec.tiered("rows", ROW_BYTES, ROWS, 40_000);

    @TempDir
    private Path directory;

    private TieredStore open(boolean background) throws IOException {
        return TieredStore.open(
                directory,
                StoreFixture.SMALL,
                List.of(TIGHT),
                new TieredStore.Surroundings(Disk.local(), () -> 1, background));
    }

    private static TieredTable load(TieredStore store) {
        return load(store, "rows");
    }

    private static TieredTable load(TieredStore store, String name) {
        TieredTable table = store.table(name);
        for (int key = 0; key < ROWS; key++) {
            table.put(key, StoreFixture.row(key, 1, LONGS), 0);
        }
        store.awaitDurable(store.position());
        return table;
    }

    /** The first rows were written longest ago. */
    private static long entryOnDisk(TieredTable table, long key) {
        long entry = table.view().index().entry(table.view().find(key));
        assertFalse(CellIndex.isResident(entry), "key " + key + " is in memory");
        return entry;
    }

    /** The row that lies on disk by that entry, until the next one that this thread reads. */
    private static StoredRow read(TieredTable table, long entry) throws IOException {
        ReadScratch scratch = table.scratch();
        assertTrue(scratch.records.read(CellIndex.place(entry), scratch.row));
        return scratch.row;
    }

    /** Takes in a row as it was read before what happened meanwhile. */
    private static void promoteLate(TieredTable table, long key, Runnable meanwhile) throws IOException {
        long entry = entryOnDisk(table, key);
        StoredRow row = read(table, entry);
        MemorySegment copy = Arena.ofAuto().allocate(ROW_BYTES, Long.BYTES);
        RawMemory.copy(row.address, copy, 0, ROW_BYTES);
        StoredRow late = new StoredRow();
        late.key = row.key;
        late.length = row.length;
        late.place = row.place;
        late.address = copy.address();
        meanwhile.run();
        table.lock().lock();
        try {
            table.intake().promoteLocked(entry, late);
        } finally {
            table.lock().unlock();
        }
    }

    @Test
    void row_thatWasReplacedMeanwhile_doesNotComeBack() throws IOException {
        try (TieredStore store = open(false)) {
            TieredTable table = load(store);
            promoteLate(table, 3, () -> table.put(3, StoreFixture.row(3, 2, LONGS), 0));
            assertEquals(2, StoreFixture.version(table, 3));
        }
    }

    @Test
    void row_thatWasReplacedAndLeftMemoryMeanwhile_doesNotComeBack() throws IOException {
        try (TieredStore store = open(false)) {
            TieredTable table = load(store);
            promoteLate(table, 3, () -> {
                table.put(3, StoreFixture.row(3, 2, LONGS), 0);
                for (int key = 1_000; key < 3_000; key++) {
                    table.put(key, StoreFixture.row(key, 2, LONGS), 0);
                }
                long ignored = entryOnDisk(table, 3);
            });
            assertEquals(2, StoreFixture.version(table, 3));
        }
    }

    @Test
    void row_thatWasRemovedMeanwhile_doesNotComeBack() throws IOException {
        try (TieredStore store = open(false)) {
            TieredTable table = load(store);
            promoteLate(table, 3, () -> assertTrue(table.remove(3)));
            assertEquals(-1, StoreFixture.version(table, 3));
            assertEquals(ROWS - 1, table.size());
        }
    }

    /** Its home would be a segment that is gone, and the row with the next eviction. */
    @Test
    void row_thatWasMovedByPackingMeanwhile_isNotTakenFromWhereItWas() throws IOException {
        try (TieredStore store = open(false)) {
            TieredTable table = load(store);
            long before = CellIndex.place(entryOnDisk(table, 3));
            promoteLate(table, 3, () -> {
                for (int key = 10; key < ROWS; key++) {
                    table.put(key, StoreFixture.row(key, 2, LONGS), 0);
                }
                try {
                    assertTrue(store.pack() > 0);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                assertTrue(table.upkeep().placeOf(3) != before, "it was to be moved");
            });
            long ignored = entryOnDisk(table, 3);
            assertEquals(1, StoreFixture.version(table, 3));
        }
    }

    @Test
    void rows_readFromDisk_comeIntoMemoryInTheBackground() throws IOException {
        try (TieredStore store = open(true)) {
            TieredTable table = load(store);
            long promoted = table.stat().reads().promoted();
            assertTimeoutPreemptively(LONG, () -> {
                for (long key = 0; table.stat().reads().promoted() < promoted + 100; key = (key + 1) % ROWS) {
                    assertEquals(1, StoreFixture.version(table, key));
                }
            });
        }
    }

    /** Who holds a table's lock could take rows in at once; whoever reads leaves that to another thread. */
    @Test
    void rows_readFromDisk_areNotTakenInByWhoReadsThem() throws IOException {
        try (TieredStore store = open(true)) {
            TieredTable table = load(store);
            table.lock().lock();
            try {
                long promoted = table.stat().reads().promoted();
                for (long key = 0; key < 100; key++) {
                    assertEquals(1, StoreFixture.version(table, key));
                }
                assertEquals(promoted, table.stat().reads().promoted());
                assertTrue(table.stat().reads().fromDisk() >= 100);
            } finally {
                table.lock().unlock();
            }
        }
    }

    @Test
    void row_thatCameIntoMemoryInTheBackground_isGoneWhenItsTimeIsOver() throws IOException {
        AtomicInteger now = new AtomicInteger(1);
        TableSpec spec = TIGHT.withTtl(Duration.ofSeconds(100));
        try (TieredStore store = TieredStore.open(
                directory,
                StoreFixture.SMALL,
                List.of(spec),
                new TieredStore.Surroundings(Disk.local(), now::get, true))) {
            TieredTable table = load(store);
            long ignored = entryOnDisk(table, 3);
            assertTimeoutPreemptively(LONG, () -> {
                while (!isResident(table, 3)) {
                    assertEquals(1, StoreFixture.version(table, 3));
                }
            });
            now.set(100);
            assertEquals(1, StoreFixture.version(table, 3));
            now.set(101);
            assertEquals(-1, StoreFixture.version(table, 3));
        }
    }

    private static boolean isResident(TieredTable table, long key) {
        return CellIndex.isResident(table.view().index().entry(table.view().find(key)));
    }

    /** For each of these runs of rows the other table would wait a tenth of a second. */
    @Test
    void rows_ofATableBesideOneThatIsBusy_doNotWaitForEachOfItsRows() throws IOException {
        int runs = 200;
        TableSpec other = TableSpec.tiered("others", ROW_BYTES, ROWS, 40_000);
        try (TieredStore store = TieredStore.open(
                directory,
                StoreFixture.SMALL,
                List.of(TIGHT, other),
                new TieredStore.Surroundings(Disk.local(), () -> 1, true))) {
            TieredTable busy = load(store, "rows");
            TieredTable free = load(store, "others");
            Promoter promoter = Objects.requireNonNull(store.readPool().promoter());
            busy.lock().lock();
            try {
                for (long key = 0; key < runs; key++) {
                    offer(promoter, busy, key);
                    offer(promoter, free, key);
                }
                assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
                    while (free.stat().reads().promoted() < runs / 2) {
                        Thread.onSpinWait();
                    }
                });
                assertEquals(0, busy.stat().reads().promoted());
            } finally {
                busy.lock().unlock();
            }
        }
    }

    private static void offer(Promoter promoter, TieredTable table, long key) throws IOException {
        long entry = entryOnDisk(table, key);
        StoredRow row = read(table, entry);
        while (!promoter.offer(table, entry, row)) {
            // Somebody else was at it.
            Thread.onSpinWait();
        }
    }

    /** A table is busy for as long as a writer waits for the disk. */
    @Test
    void rows_readWhileTheTableIsBusy_arePassedOverAndCounted_andNoReadWaits() throws Exception {
        try (TieredStore store = open(true);
                ExecutorService readers = Executors.newFixedThreadPool(2)) {
            TieredTable table = load(store);
            long[] keys = LongStream.range(0, ROWS).toArray();
            CountDownLatch read = new CountDownLatch(2);
            table.lock().lock();
            try {
                for (int reader = 0; reader < 2; reader++) {
                    Future<?> ignored = readers.submit(() -> {
                        boolean[] found = new boolean[ROWS];
                        MemorySegment rows = Arena.ofAuto().allocate((long) ROWS * ROW_BYTES, Long.BYTES);
                        int hits = table.getBatch(keys, ROWS, rows, 0, found);
                        if (hits == ROWS) {
                            read.countDown();
                        }
                        return hits;
                    });
                }
                assertTimeoutPreemptively(LONG, () -> read.await());
            } finally {
                table.lock().unlock();
            }
            TableStat.Reads reads = table.stat().reads();
            assertTrue(reads.passedOver() >= reads.fromDisk() - 2 * PromotionQueue.MOST_ROWS, reads::toString);
            assertTrue(reads.passedOver() > 0, reads::toString);
        }
    }
}
