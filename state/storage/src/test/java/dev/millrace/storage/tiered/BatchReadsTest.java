package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;

/** Batches of rows of which next to none are in memory, read by rings where the system has them and by threads. */
class BatchReadsTest {
    private static final int ROWS = 3_000;
    private static final int BATCH = 700;

    @TempDir
    private Path directory;

    @Test
    void batch_ofSmallRowsOnDisk_isTheSameByRingAndByThreads() throws IOException {
        requireSame(64);
    }

    /** Such a row takes more than a page. */
    @Test
    void batch_ofLongRowsOnDisk_isTheSameByRingAndByThreads() throws IOException {
        requireSame(5_000);
    }

    @Test
    void batch_ofRowsSideBySideOnDisk_isOneRead() throws IOException {
        TableSpec spec = TableSpec.tiered("rows", 64, ROWS, 4_000).withPlacement(Placement.COLD);
        load(spec);
        requireOneRead(spec);
        System.setProperty(ReadPool.BY_THREADS, "true");
        try {
            requireOneRead(spec);
        } finally {
            System.clearProperty(ReadPool.BY_THREADS);
        }
    }

    /** 300 rows of 96 bytes with their headers, and the marks between them. */
    private void requireOneRead(TableSpec spec) throws IOException {
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            TieredTable table = store.table("rows");
            long[] keys = LongStream.range(1_000, 1_300).toArray();
            MemorySegment rows = Arena.ofAuto().allocate(300 * 64, Long.BYTES);
            int hits = table.getBatch(keys, 300, rows, 0, new boolean[300]);
            assertEquals(300, hits);
            TableStat.Reads reads = table.stat().reads();
            assertEquals(300, reads.fromDisk());
            assertTrue(reads.diskPages() >= 8 && reads.diskPages() <= 12, reads::toString);
            // One more where they begin in one segment and end in the next.
            assertTrue(reads.diskReads() <= 2, reads::toString);
        }
    }

    private void requireSame(int rowBytes) throws IOException {
        TableSpec spec =
                TableSpec.tiered("rows", rowBytes, ROWS, 20L * (rowBytes + 100)).withPlacement(Placement.COLD);
        load(spec);
        long seed = Seed.random("BatchReadsTest").nextLong();
        byte[] byRing = read(spec, seed);
        System.setProperty(ReadPool.BY_THREADS, "true");
        try {
            assertArrayEquals(byRing, read(spec, seed));
        } finally {
            System.clearProperty(ReadPool.BY_THREADS);
        }
    }

    private void load(TableSpec spec) throws IOException {
        try (TieredStore store = StoreFixture.open(directory, spec);
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(spec.rowBytes());
            for (int key = 0; key < ROWS; key++) {
                row.fill((byte) key);
                row.set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
                store.table("rows").put(key, row, 0);
            }
        }
    }

    /** Each key more than once, and some that have no row. */
    private byte[] read(TableSpec spec, long seed) throws IOException {
        Random random = new Random(seed);
        try (TieredStore store = StoreFixture.open(directory, spec);
                Arena arena = Arena.ofConfined()) {
            TieredTable table = store.table("rows");
            MemorySegment into = arena.allocate((long) BATCH * spec.rowBytes());
            into.fill((byte) 0x55);
            long[] keys = random.longs(BATCH, 0, ROWS + 100).toArray();
            keys[BATCH - 1] = keys[0];
            boolean[] found = new boolean[BATCH];
            int hits = table.getBatch(keys, BATCH, into, 0, found);
            int expected = 0;
            for (int i = 0; i < BATCH; i++) {
                boolean there = keys[i] < ROWS;
                expected += there ? 1 : 0;
                assertEquals(there, found[i], "key " + keys[i]);
                int first = into.get(ValueLayout.JAVA_INT_UNALIGNED, (long) i * spec.rowBytes());
                assertEquals(there ? (int) keys[i] : 0, first, "key " + keys[i]);
            }
            assertEquals(expected, hits);
            assertTrue(table.stat().reads().fromDisk() > 0, () -> table.stat().toString());
            return into.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
