package dev.millrace.benchmarks.store;

import static dev.millrace.benchmarks.store.measure.KeyBatches.BATCH;

import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.KeyBatches;
import dev.millrace.kernels.LargeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * How fast this machine reads memory at random: for each of 500 places one record of 64 bytes and one of 256, independent of
 * each other, on 2 MB pages. No store can do less for a row of 256 bytes whose place it must look up, so this is the rate
 * that a store's batch is a fraction of. Owned by one thread.
 *
 * <p>The places follow the same draws of rows as a store's keys. Each line is loaded; nothing is hashed, compared or copied
 * out, and no load waits for another.
 */
final class RandomAccessProbe {
    private static final long LINE = 64;
    private static final long RECORD = 256;
    /** Lines of an index at three quarters of four entries a line. */
    private static final int ROWS_PER_LINE = 3;

    private static final int CHASED = 2_000_000;

    private final long lines;
    private final long rows;
    private final MemorySegment index;
    private final MemorySegment records;
    private final Fork fork;
    private final Figures figures;
    private final long[] batch = new long[BATCH];
    /** Takes what was loaded, so that the loads are not left out. */
    private volatile long sink;

    RandomAccessProbe(Fork fork, Figures figures) {
        this.fork = fork;
        this.figures = figures;
        rows = fork.rows();
        lines = Math.max(1, rows / ROWS_PER_LINE);
        index = LargeMemory.allocate(lines * LINE, Arena.ofAuto());
        records = LargeMemory.allocate(rows * RECORD, Arena.ofAuto());
    }

    void run() {
        index.fill((byte) 1);
        records.fill((byte) 1);
        OpaqueRows source = new OpaqueRows(rows, (int) RECORD);
        KeyBatches zipf = KeyBatches.zipf(source, ReadWorkload.EXPONENT, fork.round());
        KeyBatches uniform = KeyBatches.uniform(source, fork.round());
        BatchClock.run(probing(zipf), fork.warmUp(), () -> 0);
        BatchClock.run(probing(zipf), fork.duration(), () -> 0).addTo(figures, "zipf");
        BatchClock.run(probing(uniform), fork.duration(), () -> 0).addTo(figures, "uniform");
        figures.add("dependentLoadNanos", dependentLoadNanos());
    }

    private BatchClock.Batch probing(KeyBatches batches) {
        return new BatchClock.Batch() {
            @Override
            public void prepare() {
                batches.nextRows(batch);
            }

            @Override
            public int run() {
                sink = probe();
                return BATCH;
            }
        };
    }

    private long probe() {
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            long row = batch[i];
            // The index line of a row lies elsewhere than the row: the high half of a product spreads without division.
            long line = Math.unsignedMultiplyHigh(row * 0x9e3779b97f4a7c15L, lines);
            sum += index.get(ValueLayout.JAVA_LONG, line * LINE);
            long at = row * RECORD;
            sum += records.get(ValueLayout.JAVA_LONG, at)
                    + records.get(ValueLayout.JAVA_LONG, at + LINE)
                    + records.get(ValueLayout.JAVA_LONG, at + 2 * LINE)
                    + records.get(ValueLayout.JAVA_LONG, at + 3 * LINE);
        }
        return sum;
    }

    /** Each load's place follows from the one before: a machine that is disturbed shows it here. */
    private double dependentLoadNanos() {
        SplittableRandom random = new SplittableRandom(fork.round());
        long at = 0;
        long began = System.nanoTime();
        for (int i = 0; i < CHASED; i++) {
            long loaded = records.get(ValueLayout.JAVA_LONG, at * RECORD);
            // All records hold the same, so the loaded word changes nothing but must have arrived.
            long next = random.nextLong() ^ (loaded - 0x0101010101010101L);
            at = Math.unsignedMultiplyHigh(next, rows);
        }
        sink = at;
        return (System.nanoTime() - began) / (double) CHASED;
    }
}
