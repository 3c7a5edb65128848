package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.RowTable;
import dev.millrace.storage.RowTableContract;
import dev.millrace.storage.disk.Disk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

class TieredTableTest extends RowTableContract {
    private final List<TieredStore> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    /** Room in memory for a few dozen rows: most of what the contract does goes through the disk. */
    @Override
    protected RowTable create(int rowBytes, int maxRows) {
        return open(TableSpec.tiered("rows", rowBytes, maxRows, 64L * (rowBytes + 100)));
    }

    private TieredTable open(TableSpec spec) {
        try {
            TieredStore store = StoreFixture.open(directory.resolve(String.valueOf(opened.size())), spec);
            opened.add(store);
            return store.table(spec.name());
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
    void rows_moreThanFitIntoMemory_areReadFromDiskAndCounted() {
        TieredTable table = open(TableSpec.tiered("rows", 256, 10_000, 100 * 300));
        for (int key = 0; key < 5_000; key++) {
            table.put(key, StoreFixture.row(key, 1, 32), 0);
        }
        for (int key = 0; key < 5_000; key++) {
            assertEquals(1, StoreFixture.version(table, key));
        }
        TableStat stat = table.stat();
        assertTrue(stat.residentRows() <= 100 * 300 / 256, () -> stat.toString());
        assertTrue(stat.reads().fromDisk() > 4_800, () -> stat.toString());
        assertTrue(stat.memory().taken() <= stat.memory().budget(), () -> stat.toString());
        assertTrue(stat.memory().taken() > 0.9 * stat.memory().budget(), () -> stat.toString());
    }

    @Test
    void rows_readOften_stayInMemory() {
        TieredTable table = open(TableSpec.tiered("rows", 256, 10_000, 500 * 300));
        for (int key = 0; key < 5_000; key++) {
            table.put(key, StoreFixture.row(key, 1, 32), 0);
        }
        Random random = new Random(1);
        for (int i = 0; i < 60_000; i++) {
            // Nine of ten reads ask for the same 200 rows.
            int key = random.nextInt(10) > 0 ? random.nextInt(200) : random.nextInt(5_000);
            assertEquals(1, StoreFixture.version(table, key));
        }
        TableStat.Reads reads = table.stat().reads();
        double hits = (double) reads.resident() / (reads.resident() + reads.fromDisk());
        assertTrue(hits > 0.85, () -> "only " + hits + " of reads were answered from memory");
    }

    @Test
    void pinned_beyondItsBudget_isRefusedAndStaysWhole() {
        TieredTable table =
                open(new TableSpec("rows", 256, 1_000, Placement.PINNED, Precision.EXACT, 10 * 300, Duration.ZERO));
        MillraceException refused = assertThrows(MillraceException.class, () -> {
            for (int key = 0; key < 100; key++) {
                table.put(key, StoreFixture.row(key, 1, 32), 0);
            }
        });
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
        assertTrue(refused.getMessage().contains("budget of 3000 bytes"), refused.getMessage());
        long rows = table.size();
        assertTrue(rows >= 9, "only " + rows + " rows were taken");
        assertTrue(table.remove(3));
        table.put(500, StoreFixture.row(500, 2, 32), 0);
        table.put(1, StoreFixture.row(1, 2, 32), 0);
        assertEquals(2, StoreFixture.version(table, 1));
        assertEquals(rows, table.size());
    }

    @Test
    void int8_rows_areNearWhatWasWrittenAndTheErrorIsShown() {
        int dimensions = 64;
        TieredTable table =
                open(TableSpec.tiered("rows", 4 * dimensions, 1_000, 1 << 20).withPrecision(Precision.INT8));
        Random random = new Random(2);
        float[] row = new float[dimensions];
        float[] back = new float[dimensions];
        for (int key = 0; key < 500; key++) {
            fill(row, random);
            table.put(key, MemorySegment.ofArray(row), 0);
            assertTrue(table.get(key, MemorySegment.ofArray(back), 0));
            assertArrayEquals(row, back, 0.51f * largest(row) / 127);
        }
        TableStat.QuantisationError error = table.stat().quantisationError();
        assertTrue(error.largest() > 0 && error.largest() <= 0.51 / 127, () -> error.toString());
    }

    @Test
    void int8_rowThatIsNotFinite_isRefusedAndLeavesTheStoreAsItWas() {
        TieredTable table = open(TableSpec.tiered("rows", 16, 100, 20 * 40).withPrecision(Precision.INT8));
        float[] row = {1, 2, 3, 4};
        table.put(1, MemorySegment.ofArray(row), 0);
        float[] wrong = {1, Float.NaN, 3, 4};
        for (int i = 0; i < 200; i++) {
            long key = i % 3;
            assertThrows(IllegalArgumentException.class, () -> table.put(key, MemorySegment.ofArray(wrong), 0));
        }
        assertEquals(1, table.size());
        for (int key = 10; key < 60; key++) {
            table.put(key, MemorySegment.ofArray(row), 0);
        }
        float[] back = new float[4];
        assertTrue(table.get(1, MemorySegment.ofArray(back), 0));
        assertArrayEquals(row, back, 0.02f);
    }

    @Test
    void sum_ofRows_isThatOfTheRowsOneByOne() {
        for (Precision precision : Precision.values()) {
            int dimensions = 70;
            TieredTable table = open(
                    TableSpec.tiered("rows", 4 * dimensions, 5_000, 1 << 20).withPrecision(precision));
            Random random = new Random(3);
            float[] row = new float[dimensions];
            for (int key = 0; key < 1_000; key++) {
                fill(row, random);
                table.put(key, MemorySegment.ofArray(row), 0);
            }
            long[] keys = new long[700];
            float[] weights = new float[700];
            float[] expected = new float[dimensions];
            int present = 0;
            for (int i = 0; i < keys.length; i++) {
                keys[i] = random.nextInt(1_100);
                weights[i] = random.nextFloat() - 0.5f;
                if (table.get(keys[i], MemorySegment.ofArray(row), 0)) {
                    present++;
                    for (int d = 0; d < dimensions; d++) {
                        expected[d] += weights[i] * row[d];
                    }
                }
            }
            float[] sum = new float[dimensions];
            assertEquals(present, table.sum(keys, keys.length, weights, sum));
            assertArrayEquals(expected, sum, 1e-4f);
        }
    }

    @Test
    void ttl_afterItsTime_rowsAreGone() throws IOException {
        AtomicInteger now = new AtomicInteger(1_000);
        TableSpec spec = TableSpec.tiered("rows", 256, 1_000, 20 * 300).withTtl(Duration.ofSeconds(60));
        TieredStore store = TieredStore.open(
                directory, StoreFixture.SMALL, List.of(spec), new TieredStore.Surroundings(Disk.local(), now::get));
        opened.add(store);
        TieredTable table = store.table("rows");
        for (int key = 0; key < 100; key++) {
            table.put(key, StoreFixture.row(key, 1, 32), 0);
        }
        now.set(1_059);
        table.put(7, StoreFixture.row(7, 2, 32), 0);
        assertEquals(1, StoreFixture.version(table, 99));
        assertEquals(1, StoreFixture.version(table, 0));
        now.set(1_060);
        assertEquals(-1, StoreFixture.version(table, 99));
        assertEquals(-1, StoreFixture.version(table, 0));
        assertEquals(2, StoreFixture.version(table, 7));
    }

    @Test
    void batch_ofResidentRows_allocatesNothing() {
        TieredTable table = open(TableSpec.tiered("rows", 256, 10_000, 10_000 * 300));
        for (int key = 0; key < 5_000; key++) {
            table.put(key, StoreFixture.row(key, 1, 32), 0);
        }
        long[] keys = new Random(4).longs(500, 0, 5_000).toArray();
        boolean[] found = new boolean[500];
        float[] sum = new float[64];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(500 * 256, 64);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (int i = 0; i < 20_000; i++) {
                assertEquals(500, table.getBatch(keys, 500, into, 0, found));
                assertEquals(500, table.sum(keys, 500, null, sum));
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                assertEquals(500, table.getBatch(keys, 500, into, 0, found));
                assertEquals(500, table.sum(keys, 500, null, sum));
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 64_000, () -> allocated + " bytes in 2,000 batches");
            assertEquals(keys[3] * 31 + 1_000_003L, into.get(ValueLayout.JAVA_LONG, 3 * 256));
        }
    }

    @Test
    void get_outsideOfTheBuffer_isRefused() {
        TieredTable table = open(TableSpec.pinned("rows", 256, 10));
        assertThrows(IndexOutOfBoundsException.class, () -> table.get(1, MemorySegment.ofArray(new byte[100]), 0));
        assertFalse(table.get(1, MemorySegment.ofArray(new byte[256]), 0));
    }

    private static void fill(float[] row, Random random) {
        for (int d = 0; d < row.length; d++) {
            row[d] = (float) random.nextGaussian();
        }
    }

    private static float largest(float[] row) {
        float largest = 0;
        for (float value : row) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
