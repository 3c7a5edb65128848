package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.OrderedScans;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Rows in the order of their keys, which stores that hash their keys do not have. Owned by one thread. */
final class ScanWorkload {
    private static final int LENGTH = 500;

    private final StoreEngine engine;
    private final RowSource rows;
    private final Fork fork;
    private final Figures figures;

    ScanWorkload(StoreEngine engine, RowSource rows, Fork fork, Figures figures) {
        this.engine = engine;
        this.rows = rows;
        this.fork = fork;
        this.figures = figures;
    }

    void run() throws IOException {
        try (StoreReader reader = engine.newReader()) {
            if (!(reader instanceof OrderedScans scans)) {
                throw new UnsupportedOperationException("its keys have no order");
            }
            engine.load(rows);
            BatchClock.Batch scanning = scanning(scans);
            BatchClock.run(scanning, fork.warmUp(), engine::serverCpuNanos);
            BatchClock.run(scanning, fork.duration(), engine::serverCpuNanos).addTo(figures, "scan");
        }
    }

    private BatchClock.Batch scanning(OrderedScans scans) {
        SplittableRandom random = new SplittableRandom(fork.round());
        MemorySegment out = Arena.ofAuto().allocate((long) LENGTH * rows.rowBytes(), 64);
        return new BatchClock.Batch() {
            private long from;

            @Override
            public void prepare() {
                from = random.nextLong();
            }

            @Override
            public int run() {
                return Math.max(1, scans.scan(from, LENGTH, out));
            }
        };
    }
}
