package dev.millrace.benchmarks.store.measure;

import static dev.millrace.benchmarks.store.measure.KeyBatches.BATCH;

import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.kernels.LargeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads of 500 rows for the clock, of which each tenth answer is checked before the next read: while others write, an answer
 * that mixes two versions of a row must not pass. Owned by one thread.
 */
public final class ReadLoop implements BatchClock.Batch {
    private static final int CHECKED = 10;

    private final StoreReader reader;
    private final RowSource rows;
    private final KeyBatches batches;
    private final long[] keys = new long[BATCH];
    private final MemorySegment out;
    private int found;
    private int done;

    public ReadLoop(StoreReader reader, RowSource rows, KeyBatches batches) {
        this.reader = reader;
        this.rows = rows;
        this.batches = batches;
        out = LargeMemory.allocate((long) BATCH * rows.rowBytes(), Arena.ofAuto());
    }

    @Override
    public void prepare() {
        if (done > 0 && done % CHECKED == 0) {
            Verification.checkRows(rows, keys, BATCH, found, out);
        }
        batches.next(keys);
    }

    @Override
    public int run() {
        found = reader.multiGet(keys, BATCH, out);
        done++;
        return BATCH;
    }
}
