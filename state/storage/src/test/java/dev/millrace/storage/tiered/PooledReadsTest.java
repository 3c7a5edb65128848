package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;

/** Rows of floats read for a model: summed up, averaged, gathered into a tensor, in each precision. */
class PooledReadsTest {
    private static final int DIMENSIONS = 70;
    private static final int ROW_BYTES = 4 * DIMENSIONS;
    private static final int ROWS = 1_000;
    private static final int KEYS = 700;

    @TempDir
    private Path directory;

    private final Random random = new Random(5);
    private final long[] keys = random.longs(KEYS, 0, ROWS + 100).toArray();
    private final float[] weights = new float[KEYS];

    /** With room in memory for all rows, or for a tenth of them. */
    private interface Check {
        void on(TieredTable table);
    }

    private void onEach(Check check) throws IOException {
        for (int i = 0; i < KEYS; i++) {
            weights[i] = random.nextFloat();
        }
        for (Precision precision : Precision.values()) {
            for (long budget : new long[] {1 << 20, 1 << 15}) {
                TableSpec spec =
                        TableSpec.tiered("rows", ROW_BYTES, 2 * ROWS, budget).withPrecision(precision);
                try (TieredStore store = StoreFixture.open(directory.resolve(precision + "-" + budget), spec)) {
                    fill(store.table("rows"));
                    check.on(store.table("rows"));
                }
            }
        }
    }

    private void fill(TieredTable table) {
        float[] row = new float[DIMENSIONS];
        for (int key = 0; key < ROWS; key++) {
            for (int d = 0; d < DIMENSIONS; d++) {
                row[d] = (float) random.nextGaussian();
            }
            table.put(key, MemorySegment.ofArray(row), 0);
        }
    }

    @Test
    void mean_withWeights_isTheWeightedSumByTheWeightsOfRowsThatAreThere() throws IOException {
        onEach(table -> {
            float[] expected = new float[DIMENSIONS];
            float[] row = new float[DIMENSIONS];
            double weightSum = 0;
            int present = 0;
            for (int i = 0; i < KEYS; i++) {
                if (table.get(keys[i], MemorySegment.ofArray(row), 0)) {
                    present++;
                    weightSum += weights[i];
                    for (int d = 0; d < DIMENSIONS; d++) {
                        expected[d] += weights[i] * row[d];
                    }
                }
            }
            for (int d = 0; d < DIMENSIONS; d++) {
                expected[d] /= (float) weightSum;
            }
            float[] mean = new float[DIMENSIONS];
            assertEquals(present, table.mean(keys, KEYS, weights, mean));
            // A row read from disk is exact, the same row in memory is rounded.
            assertArrayEquals(expected, mean, 1e-3f);
        });
    }

    @Test
    void mean_withoutWeights_isTheSumByTheRowsThatAreThere() throws IOException {
        onEach(table -> {
            float[] sum = new float[DIMENSIONS];
            float[] mean = new float[DIMENSIONS];
            int present = table.sum(keys, KEYS, null, sum);
            assertEquals(present, table.mean(keys, KEYS, null, mean));
            for (int d = 0; d < DIMENSIONS; d++) {
                assertEquals(sum[d] / present, mean[d], 1e-3f);
            }
        });
    }

    @Test
    void sum_ofRowsOnDisk_readsThoseSideBySideTogether() throws IOException {
        TableSpec spec = TableSpec.tiered("rows", ROW_BYTES, 2 * ROWS, 1 << 15).withPlacement(Placement.COLD);
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            fill(store.table("rows"));
        }
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            TieredTable table = store.table("rows");
            long[] few = LongStream.range(200, 300).toArray();
            float[] expected = new float[DIMENSIONS];
            float[] row = new float[DIMENSIONS];
            for (long key : few) {
                assertTrue(table.get(key, MemorySegment.ofArray(row), 0));
                for (int d = 0; d < DIMENSIONS; d++) {
                    expected[d] += row[d];
                }
            }
            long before = table.stat().reads().diskReads();
            float[] sum = new float[DIMENSIONS];
            assertEquals(few.length, table.sum(few, few.length, null, sum));
            assertArrayEquals(expected, sum, 1e-3f);
            assertTrue(
                    table.stat().reads().diskReads() - before <= 2,
                    () -> table.stat().toString());
        }
    }

    @Test
    void mean_ofNoRows_isZeros() throws IOException {
        onEach(table -> {
            float[] mean = new float[DIMENSIONS];
            mean[3] = 7;
            assertEquals(0, table.mean(new long[] {-1, -2}, 2, null, mean));
            assertArrayEquals(new float[DIMENSIONS], mean);
        });
    }

    @Test
    void gather_intoAColumnOfATensor_isEachRowAndZerosAndLeavesTheRest() throws IOException {
        int pitch = ROW_BYTES + 24;
        onEach(table -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment tensor = arena.allocate((long) KEYS * pitch, 64);
                tensor.fill((byte) 0x55);
                int present = table.gather(keys, KEYS, tensor, 8, pitch);
                float[] row = new float[DIMENSIONS];
                int found = 0;
                for (int i = 0; i < KEYS; i++) {
                    boolean there = table.get(keys[i], MemorySegment.ofArray(row), 0);
                    found += there ? 1 : 0;
                    for (int d = 0; d < DIMENSIONS; d++) {
                        float actual = tensor.get(ValueLayout.JAVA_FLOAT, 8 + (long) i * pitch + 4L * d);
                        assertEquals(there ? row[d] : 0, actual, 0.02f);
                    }
                    assertEquals(0x55, tensor.get(ValueLayout.JAVA_BYTE, 7 + (long) i * pitch));
                    assertEquals(0x55, tensor.get(ValueLayout.JAVA_BYTE, 8 + ROW_BYTES + (long) i * pitch));
                }
                assertEquals(found, present);
            }
        });
    }

    @Test
    void gather_whereRowsWouldOverlapOrLeaveTheTensor_isRefused() throws IOException {
        onEach(table -> {
            MemorySegment tensor = MemorySegment.ofArray(new float[3 * DIMENSIONS]);
            long[] three = {1, 2, 3};
            assertThrows(IllegalArgumentException.class, () -> table.gather(three, 3, tensor, 0, ROW_BYTES - 4));
            assertThrows(IndexOutOfBoundsException.class, () -> table.gather(three, 3, tensor, 4, ROW_BYTES));
            assertThrows(ArithmeticException.class, () -> table.gather(three, 3, tensor, 0, Long.MAX_VALUE));
            assertEquals(3, table.gather(three, 3, tensor, 0, ROW_BYTES));
            assertEquals(0, table.gather(three, 0, tensor, 0, ROW_BYTES));
        });
    }

    @Test
    void float16_rows_areNearWhatWasWrittenAndTheErrorIsShown() throws IOException {
        TableSpec spec = TableSpec.tiered("rows", ROW_BYTES, ROWS, 1 << 20).withPrecision(Precision.FLOAT16);
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            TieredTable table = store.table("rows");
            float[] row = new float[DIMENSIONS];
            float[] back = new float[DIMENSIONS];
            for (int key = 0; key < 500; key++) {
                for (int d = 0; d < DIMENSIONS; d++) {
                    row[d] = (float) random.nextGaussian();
                }
                table.put(key, MemorySegment.ofArray(row), 0);
                assertTrue(table.get(key, MemorySegment.ofArray(back), 0));
                for (int d = 0; d < DIMENSIONS; d++) {
                    assertEquals(row[d], back[d], Math.abs(row[d]) / 2048 + 0x1p-25f);
                }
            }
            TableStat.QuantisationError error = table.stat().quantisationError();
            assertTrue(error.largest() > 0 && error.largest() <= 1.0 / 2048, () -> error.toString());
            assertTrue(error.mean() > 0 && error.mean() <= error.largest(), () -> error.toString());
        }
    }

    @Test
    void float16_rowBeyondWhatAHalfFloatHolds_isRefused() throws IOException {
        TableSpec spec = TableSpec.tiered("rows", 16, 100, 20 * 40).withPrecision(Precision.FLOAT16);
        try (TieredStore store = StoreFixture.open(directory, spec)) {
            TieredTable table = store.table("rows");
            for (float wrong : new float[] {70_000, Float.NaN, Float.NEGATIVE_INFINITY}) {
                float[] row = {1, 2, wrong, 4};
                IllegalArgumentException refused =
                        assertThrows(IllegalArgumentException.class, () -> table.put(1, MemorySegment.ofArray(row), 0));
                assertTrue(refused.getMessage().contains("65504"), refused.getMessage());
            }
            assertEquals(0, table.size());
            assertFalse(table.get(1, MemorySegment.ofArray(new float[4]), 0));
        }
    }

    @Test
    void pooledReads_ofResidentRows_allocateNothing() throws IOException {
        for (Precision precision : Precision.values()) {
            TableSpec spec = TableSpec.tiered("rows", ROW_BYTES, ROWS, 1 << 20).withPrecision(precision);
            try (TieredStore store = StoreFixture.open(directory.resolve(precision.name()), spec);
                    Arena arena = Arena.ofConfined()) {
                TieredTable table = store.table("rows");
                fill(table);
                long[] there = random.longs(500, 0, ROWS).toArray();
                MemorySegment tensor = arena.allocate(500L * ROW_BYTES, 64);
                float[] mean = new float[DIMENSIONS];
                // On a busy machine the compiler comes late: until then vectors are objects.
                long allocated = Long.MAX_VALUE;
                for (int round = 0; round < 20 && allocated >= 64_000; round++) {
                    readOften(4_000, table, there, tensor, mean);
                    allocated = allocatedBy(() -> readOften(1_000, table, there, tensor, mean));
                }
                long least = allocated;
                assertTrue(least < 64_000, () -> least + " bytes in 2,000 batches of " + precision);
            }
        }
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static void readOften(int times, TieredTable table, long[] there, MemorySegment tensor, float[] mean) {
        for (int i = 0; i < times; i++) {
            assertEquals(500, table.gather(there, 500, tensor, 0, ROW_BYTES));
            assertEquals(500, table.mean(there, 500, null, mean));
        }
    }
}
