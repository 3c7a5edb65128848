package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * The process that W6 kills: says {@code loaded SECONDS}, then {@code acknowledged VERSION} after each durable batch of
 * upserts, until it is killed.
 */
public final class StoreWriter {
    static final int BATCH_ROWS = 100;
    /** How many acknowledged batches are waited for before the kill. */
    static final int BATCHES = 50;

    private static final int LOAD_BATCH = 2000;

    private StoreWriter() {}

    public static void main(String[] arguments) throws IOException {
        Fork fork = Fork.parse(arguments);
        RowSource rows = fork.source();
        try (StoreEngine engine = StoreFork.open(fork, rows)) {
            System.out.println("loaded " + load(engine, rows));
            MemorySegment batch = Arena.ofAuto().allocate((long) BATCH_ROWS * rows.rowBytes(), 64);
            long[] keys = new long[BATCH_ROWS];
            for (long version = 1; version < Long.MAX_VALUE; version++) {
                SplittableRandom random = random(fork, version);
                for (int i = 0; i < BATCH_ROWS; i++) {
                    keys[i] = rows.key(random.nextLong(rows.count()));
                    rows.write(keys[i], version, batch, (long) i * rows.rowBytes());
                }
                engine.upsert(keys, BATCH_ROWS, batch);
                System.out.println("acknowledged " + version);
            }
        }
    }

    /** The keys of a batch follow from its version, so that who reads them back knows them. */
    static SplittableRandom random(Fork fork, long version) {
        return new SplittableRandom(fork.round() + 31 * version);
    }

    /** By durable batches, as rebuilding from a log of events would write them. @return seconds */
    private static double load(StoreEngine engine, RowSource rows) throws IOException {
        long began = System.nanoTime();
        long[] keys = new long[LOAD_BATCH];
        MemorySegment batch = Arena.ofAuto().allocate((long) LOAD_BATCH * rows.rowBytes(), 64);
        for (long from = 0; from < rows.count(); from += LOAD_BATCH) {
            int count = (int) Math.min(LOAD_BATCH, rows.count() - from);
            for (int i = 0; i < count; i++) {
                keys[i] = rows.key(from + i);
                rows.write(keys[i], 0, batch, (long) i * rows.rowBytes());
            }
            engine.upsert(keys, count, batch);
        }
        return (System.nanoTime() - began) / 1e9;
    }
}
