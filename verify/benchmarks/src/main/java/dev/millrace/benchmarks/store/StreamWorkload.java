package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.KeyBatches;
import dev.millrace.benchmarks.store.measure.ReadLoop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Durable upserts as fast as they go; then reads of 500, first quiet and then beside a stream of upserts at a steady rate: W4.
 * Owned by one thread, beside which the stream runs on its own.
 */
final class StreamWorkload {
    /** What two milliseconds of a million rows a second make. */
    static final int BATCH = 2000;

    private static final int STREAM_BATCH = 200;
    private static final long STREAM_PERIOD_NANOS = 2_000_000;
    private static final double LEAST_OF_STREAM = 0.95;
    private static final String STREAM_RATE = "stream.rowsPerSecond";

    private final StoreEngine engine;
    private final RowSource rows;
    private final Fork fork;
    private final Figures figures;
    private final SplittableRandom random;
    private final long[] keys = new long[BATCH];
    private final MemorySegment batch;
    private long version;

    StreamWorkload(StoreEngine engine, RowSource rows, Fork fork, Figures figures) {
        this.engine = engine;
        this.rows = rows;
        this.fork = fork;
        this.figures = figures;
        random = new SplittableRandom(fork.round());
        batch = Arena.ofAuto().allocate((long) BATCH * rows.rowBytes(), 64);
    }

    void run() throws IOException {
        engine.load(rows);
        BatchClock.run(upserts(BATCH), fork.warmUp(), engine::serverCpuNanos);
        BatchClock.Timing upserts = BatchClock.run(upserts(BATCH), fork.duration(), engine::serverCpuNanos);
        upserts.addTo(figures, "upserts");
        figures.add("upserts.rowsPerCpuSecond", upserts.keys() * 1e9 / upserts.cpuNanos());
        try (StoreReader reader = engine.newReader()) {
            ReadLoop reads = new ReadLoop(reader, rows, KeyBatches.zipf(rows, ReadWorkload.EXPONENT, fork.round()));
            BatchClock.run(reads, fork.warmUp(), engine::serverCpuNanos);
            BatchClock.Timing quiet = BatchClock.run(reads, fork.duration(), engine::serverCpuNanos);
            quiet.addTo(figures, "quiet");
            BatchClock.Timing streamed = besideTheStream(reads);
            streamed.addTo(figures, "streamed");
            // Beside a stream that does not come, reads are quiet.
            if (figures.get(STREAM_RATE) >= LEAST_OF_STREAM * STREAM_BATCH * 1e9 / STREAM_PERIOD_NANOS) {
                figures.add("p99StreamedByQuiet", streamed.micros(99) / quiet.micros(99));
            }
        }
    }

    private BatchClock.Timing besideTheStream(ReadLoop reads) {
        AtomicBoolean ended = new AtomicBoolean();
        long began = System.nanoTime();
        CompletableFuture<Long> stream = CompletableFuture.supplyAsync(() -> stream(ended), this::onItsOwn);
        try {
            return BatchClock.run(reads, fork.duration(), engine::serverCpuNanos);
        } finally {
            ended.set(true);
            long written = stream.join();
            figures.add(STREAM_RATE, written * 1e9 / (System.nanoTime() - began));
        }
    }

    private void onItsOwn(Runnable stream) {
        Thread.ofPlatform().name("upsert-stream").start(stream);
    }

    /** Keeps to a schedule: a batch that is late does not delay those after it. */
    private long stream(AtomicBoolean ended) {
        BatchClock.Batch upserts = upserts(STREAM_BATCH);
        long written = 0;
        long due = System.nanoTime();
        while (!ended.get()) {
            upserts.prepare();
            written += upserts.run();
            due += STREAM_PERIOD_NANOS;
            LockSupport.parkNanos(due - System.nanoTime());
        }
        return written;
    }

    private BatchClock.Batch upserts(int count) {
        return new BatchClock.Batch() {
            @Override
            public void prepare() {
                version++;
                for (int i = 0; i < count; i++) {
                    keys[i] = rows.key(random.nextLong(rows.count()));
                    rows.write(keys[i], version, batch, (long) i * rows.rowBytes());
                }
            }

            @Override
            public int run() {
                try {
                    engine.upsert(keys, count, batch);
                    return count;
                } catch (IOException e) {
                    throw new UncheckedIOException("the store refused a write", e);
                }
            }
        };
    }
}
