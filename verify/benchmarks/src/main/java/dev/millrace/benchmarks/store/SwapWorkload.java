package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.benchmarks.store.engine.VersionSwap;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.KeyBatches;
import dev.millrace.benchmarks.store.measure.ReadLoop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Reads of 500, first quiet and then while a new version is loaded and switched to: W7. Owned by one thread. */
final class SwapWorkload {
    private static final Duration SLICE = Duration.ofMillis(100);

    private final StoreEngine engine;
    private final RowSource rows;
    private final Fork fork;
    private final Figures figures;

    SwapWorkload(StoreEngine engine, RowSource rows, Fork fork, Figures figures) {
        this.engine = engine;
        this.rows = rows;
        this.fork = fork;
        this.figures = figures;
    }

    void run() throws IOException {
        if (!(engine instanceof VersionSwap swapping)) {
            throw new UnsupportedOperationException("it has no versions to switch");
        }
        engine.load(rows);
        try (StoreReader reader = engine.newReader()) {
            ReadLoop reads = new ReadLoop(reader, rows, KeyBatches.zipf(rows, ReadWorkload.EXPONENT, fork.round()));
            BatchClock.run(reads, fork.warmUp(), engine::serverCpuNanos);
            BatchClock.Timing quiet = BatchClock.run(reads, fork.duration(), engine::serverCpuNanos);
            quiet.addTo(figures, "quiet");
            BatchClock.Timing during = whileSwapping(reads, swapping);
            during.addTo(figures, "swapping");
            figures.add("p99SwappingByQuiet", during.micros(99) / quiet.micros(99));
        }
    }

    private BatchClock.Timing whileSwapping(ReadLoop reads, VersionSwap swapping) {
        long began = System.nanoTime();
        CompletableFuture<Void> swap = CompletableFuture.runAsync(() -> swap(swapping), this::onItsOwn);
        BatchClock.Timing all = BatchClock.run(reads, SLICE, engine::serverCpuNanos);
        while (!swap.isDone()) {
            all = all.plus(BatchClock.run(reads, SLICE, engine::serverCpuNanos));
        }
        swap.join();
        figures.add("swapSeconds", (System.nanoTime() - began) / 1e9);
        return all;
    }

    private void onItsOwn(Runnable swap) {
        Thread.ofPlatform().name("version-swap").start(swap);
    }

    private void swap(VersionSwap swapping) {
        try {
            swapping.swap(rows, 1);
        } catch (IOException e) {
            throw new UncheckedIOException("the new version could not be loaded", e);
        }
    }
}
