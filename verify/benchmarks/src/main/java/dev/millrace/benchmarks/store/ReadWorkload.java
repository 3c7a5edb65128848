package dev.millrace.benchmarks.store;

import static dev.millrace.benchmarks.store.measure.KeyBatches.BATCH;

import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.ProcessUsage;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.KeyBatches;
import dev.millrace.benchmarks.store.measure.Verification;
import dev.millrace.kernels.LargeMemory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** Loads a store and reads it in batches of 500: W1, W2 and W5. Owned by one thread. */
final class ReadWorkload {
    static final double EXPONENT = 0.99;

    private static final int VERIFIED_BATCHES = 200;
    /** 26 of 526 operations, one in twenty. */
    private static final int WRITES = 26;

    private final StoreEngine engine;
    private final RowSource rows;
    private final Fork fork;
    private final Figures figures;
    private final long[] keys = new long[BATCH];
    private final MemorySegment out;
    private final float[] sums = new float[Int8Rows.DIMENSIONS];
    private final float[] expected = new float[Int8Rows.DIMENSIONS];
    private long version;

    ReadWorkload(StoreEngine engine, RowSource rows, Fork fork, Figures figures) {
        this.engine = engine;
        this.rows = rows;
        this.fork = fork;
        this.figures = figures;
        out = LargeMemory.allocate((long) BATCH * rows.rowBytes(), Arena.ofAuto());
    }

    void run() throws IOException {
        load();
        try (StoreReader reader = engine.newReader()) {
            KeyBatches zipf = drawn(KeyBatches.zipf(rows, EXPONENT, fork.round()));
            KeyBatches uniform = drawn(KeyBatches.uniform(rows, fork.round()));
            verify(reader, zipf);
            verify(reader, uniform);
            BatchClock.run(reading(reader, zipf), fork.warmUp(), engine::serverCpuNanos);
            measure("zipf", reader, zipf);
            measure("uniform", reader, uniform);
            if (fork.workload() == Workload.W1) {
                measureWithWrites(reader, zipf);
            }
            verify(reader, zipf);
        }
    }

    private KeyBatches drawn(KeyBatches batches) {
        return fork.workload() == Workload.W5 ? batches.endless() : batches;
    }

    private void load() throws IOException {
        long heapBefore = ProcessUsage.heapBytesInUse();
        long residentBefore = ProcessUsage.residentBytes();
        long began = System.nanoTime();
        engine.load(rows);
        figures.add("loadSeconds", (System.nanoTime() - began) / 1e9);
        long heap = ProcessUsage.heapBytesInUse() - heapBefore;
        long resident = ProcessUsage.residentBytes() + engine.serverResidentBytes();
        figures.add("residentBytes", (double) resident);
        long held = fork.engine().isOnHeap() ? heap : resident - residentBefore;
        figures.add("diskBytesPerRow", (double) bytesOnDisk() / rows.count());
        figures.add("bytesPerRow", (double) Math.max(held, engine.ownBytes()) / rows.count());
    }

    private long bytesOnDisk() throws IOException {
        try (Stream<Path> files = Files.walk(fork.directory())) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private void measure(String name, StoreReader reader, KeyBatches batches) {
        BatchClock.run(reading(reader, batches), fork.duration(), engine::serverCpuNanos)
                .addTo(figures, name);
    }

    private BatchClock.Batch reading(StoreReader reader, KeyBatches batches) {
        boolean pooled = fork.workload() == Workload.W2;
        return new BatchClock.Batch() {
            @Override
            public void prepare() {
                batches.next(keys);
            }

            @Override
            public int run() {
                if (pooled) {
                    reader.multiGetPooled(keys, BATCH, sums);
                } else {
                    reader.multiGet(keys, BATCH, out);
                }
                return BATCH;
            }
        };
    }

    /** One operation in twenty is a write: 26 rows are replaced before each timed batch; writes are timed apart. */
    private void measureWithWrites(StoreReader reader, KeyBatches batches) {
        long[] written = new long[BATCH];
        MemorySegment replaced = Arena.ofAuto().allocate((long) WRITES * rows.rowBytes(), 64);
        BatchClock.Batch reads = reading(reader, batches);
        BatchClock.run(
                        new BatchClock.Batch() {
                            @Override
                            public void prepare() {
                                batches.next(written);
                                write(written, replaced);
                                reads.prepare();
                            }

                            @Override
                            public int run() {
                                return reads.run();
                            }
                        },
                        fork.duration(),
                        engine::serverCpuNanos)
                .addTo(figures, "zipfWithWrites");
    }

    private void write(long[] written, MemorySegment replaced) {
        version++;
        for (int i = 0; i < WRITES; i++) {
            rows.write(written[i], version, replaced, (long) i * rows.rowBytes());
        }
        try {
            engine.upsert(written, WRITES, replaced);
        } catch (IOException e) {
            throw new UncheckedIOException("the store refused a write", e);
        }
    }

    private void verify(StoreReader reader, KeyBatches batches) {
        for (int batch = 0; batch < VERIFIED_BATCHES; batch++) {
            batches.next(keys);
            if (fork.workload() == Workload.W2) {
                reader.multiGetPooled(keys, BATCH, sums);
                Verification.checkSums(keys, BATCH, sums, expected);
            } else {
                out.fill((byte) 0x55);
                int found = reader.multiGet(keys, BATCH, out);
                Verification.checkRows(rows, keys, BATCH, found, out);
            }
        }
        Arrays.fill(keys, 0);
    }
}
