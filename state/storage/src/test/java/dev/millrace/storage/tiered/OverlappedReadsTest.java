package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/** Batches whose reads from disk are under way while their other rows are copied: of rings that fail, and of callers who do. */
class OverlappedReadsTest {
    private static final int LONGS = 8;
    private static final int ROW_BYTES = LONGS * Long.BYTES;
    private static final int ROWS = 20_000;
    private static final int BATCH = 400;
    /** More than there are rings. */
    private static final int ATTEMPTS = 4 * Runtime.getRuntime().availableProcessors() + 2;

    private static final TableSpec COLD =
            TableSpec.tiered("rows", ROW_BYTES, ROWS, 4_000).withPlacement(Placement.COLD);

    @TempDir
    private Path directory;

    private final MemorySegment into = Arena.ofAuto().allocate(BATCH * ROW_BYTES, Long.BYTES);
    private final boolean[] found = new boolean[BATCH];

    @AfterEach
    void readAsBefore() {
        System.clearProperty(ReadPool.BY_THREADS);
    }

    private void load(TableSpec spec) throws IOException {
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            TieredTable table = store.table("rows");
            for (int key = 0; key < ROWS; key++) {
                table.put(key, StoreFixture.row(key, 1, LONGS), 0);
            }
        }
    }

    private static void requireRow(long key, MemorySegment rows, int at) {
        MemorySegment row = rows.asSlice((long) at * ROW_BYTES, ROW_BYTES);
        assertEquals(-1, row.mismatch(StoreFixture.row(key, 1, LONGS)), () -> "the row of key " + key);
    }

    private void requireBatch(TieredTable table, long[] keys) {
        into.fill((byte) 0x55);
        assertEquals(keys.length, table.getBatch(keys, keys.length, into, 0, found));
        for (int i = 0; i < keys.length; i++) {
            assertTrue(found[i], "key " + keys[i]);
            requireRow(keys[i], into, i);
        }
    }

    private static void requireRing(TieredStore store) {
        assumeTrue(store.stat().access() == StoreStat.Access.RING, "this system has no io_uring");
    }

    /** A ring has 64 of the reads at once; those behind them have to be asked for after it broke. */
    @Test
    void batch_whoseRingFailsHalfWay_givesWhatCameAndLeavesTheRest() throws IOException {
        load(COLD);
        long[] keys = scattered(new Random(5));
        BrokenRings rings = new BrokenRings();
        try (TieredStore store = StoreFixture.open(directory, COLD);
                ReadPool pool = new ReadPool(store.segments(), false)) {
            requireRing(store);
            TieredTable table = store.table("rows");
            BatchReads reads = new BatchReads(table, new TierCounters(), pool);
            ReadScratch scratch = new ReadScratch(store.segments());
            View view = table.view();
            TableReads.findEntries(view, scratch, keys, 0, BATCH);
            reads.begin(scratch, BATCH);
            assertTrue(rings.breakAll() > 0, "no ring was found");
            for (int i = 0; i < BATCH; i++) {
                scratch.misses[i] = i;
                scratch.found[i] = false;
            }
            int left = reads.finish(scratch, BATCH, keys, 0, into, 0, ROW_BYTES);
            assertTrue(left > 0, "the ring was to fail");
            int there = 0;
            for (int i = 0; i < BATCH; i++) {
                if (scratch.found[i]) {
                    requireRow(keys[i], into, i);
                    there++;
                }
            }
            assertEquals(BATCH, there + left);
            for (int i = 0; i < left; i++) {
                assertTrue(!scratch.found[scratch.rest[i]], "one that came is read again");
            }
        }
    }

    /** Rows far from each other, of which each takes a read. */
    private static long[] scattered(Random random) {
        long[] keys = LongStream.range(0, BATCH).map(i -> i * (ROWS / BATCH)).toArray();
        for (int i = BATCH - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            long key = keys[i];
            keys[i] = keys[other];
            keys[other] = key;
        }
        return keys;
    }

    @Test
    void batches_whileRingsFail_areWhole_andThoseAfterAllHaveFailed() throws Exception {
        load(COLD);
        Random random = Seed.random("OverlappedReadsTest");
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            BrokenRings rings = new BrokenRings();
            try (TieredStore store = StoreFixture.open(directory, COLD);
                    ExecutorService breaker = Executors.newSingleThreadExecutor()) {
                requireRing(store);
                CountDownLatch begun = new CountDownLatch(1);
                int spins = random.nextInt(200_000);
                Future<Integer> broken = breaker.submit(() -> {
                    begun.await();
                    for (int i = 0; i < spins; i++) {
                        Thread.onSpinWait();
                    }
                    return rings.breakAll();
                });
                begun.countDown();
                while (!broken.isDone()) {
                    requireBatch(store.table("rows"), scattered(random));
                }
                assertTrue(broken.get() > 0, "no ring was found");
                for (int i = 0; i < ATTEMPTS; i++) {
                    requireBatch(store.table("rows"), scattered(random));
                    int ignored = rings.breakAll();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void batches_thatTheirCallersCannotTake_giveBackWhatReadsForThem(boolean byThreads) throws Exception {
        load(COLD);
        System.setProperty(ReadPool.BY_THREADS, Boolean.toString(byThreads));
        try (TieredStore store = StoreFixture.open(directory, COLD);
                Arena ours = Arena.ofConfined();
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            TieredTable table = store.table("rows");
            long[] keys = LongStream.range(1_000, 1_000 + BATCH).toArray();
            MemorySegment notTheirs = ours.allocate(BATCH * ROW_BYTES, Long.BYTES);
            for (int i = 0; i < ATTEMPTS; i++) {
                Future<Integer> refused = other.submit(() -> table.getBatch(keys, BATCH, notTheirs, 0, found));
                Exception e = assertThrows(Exception.class, refused::get);
                assertTrue(e.getCause() instanceof WrongThreadException, e.toString());
            }
            long before = table.stat().reads().diskReads();
            requireBatch(table, keys);
            long reads = table.stat().reads().diskReads() - before;
            // Rows side by side, read together: one by one there were as many reads as rows.
            assertTrue(reads <= 3, reads + " reads");
        }
    }

    @Test
    void batch_ofRowsInMemoryAndOnDisk_allocatesNextToNothingOnceItIsWarm() throws IOException {
        TableSpec spec = TableSpec.tiered("rows", ROW_BYTES, ROWS, 300_000);
        load(spec);
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            requireRing(store);
            TieredTable table = store.table("rows");
            Random random = new Random(3);
            long[][] batches = new long[64][];
            for (int i = 0; i < batches.length; i++) {
                batches[i] = random.longs(BATCH, 0, ROWS).toArray();
            }
            // On a busy machine the compiler comes late: until then what it would leave out are objects.
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 30 && allocated >= 256L * batches.length; round++) {
                long from = table.stat().reads().fromDisk();
                allocated = allocatedBy(table, batches);
                assertTrue(table.stat().reads().fromDisk() - from > 64, "rows were to come from disk");
            }
            long least = allocated;
            assertTrue(least < 256L * batches.length, () -> least + " bytes in " + batches.length + " batches");
        }
    }

    private long allocatedBy(TieredTable table, long[][] batches) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 5; i++) {
            readAll(table, batches);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        readAll(table, batches);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private void readAll(TieredTable table, long[][] batches) {
        for (long[] keys : batches) {
            assertEquals(BATCH, table.getBatch(keys, BATCH, into, 0, found));
        }
    }
}
