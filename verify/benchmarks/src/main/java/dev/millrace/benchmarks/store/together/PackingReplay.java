package dev.millrace.benchmarks.store.together;

import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.measure.Verification;
import dev.millrace.benchmarks.store.trace.AccessTrace;
import dev.millrace.kernels.LargeMemory;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;
import dev.millrace.storage.together.KeySets;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Replays requests on a {@link TieredStore} that has memory for a share of its rows, before and after it was packed by what was asked for
 * together. Used once.
 *
 * <p>Rows are loaded in an order that says nothing of them. Either measurement opens the store, replays requests of the first half,
 * so that memory holds what it would hold by then, and measures some of the second half; packing has seen the first half alone.
 */
final class PackingReplay {
    private static final int ROW_BYTES = 256;
    private static final int LOAD_BATCH = 2000;
    private static final int CHECKED = 10;
    private static final int[] PER_CENT = {10, 30};
    /** Of either half, next to where the halves meet; packing learns from all of the first. */
    private static final int MOST_REPLAYED = 2_000;
    /** What a table needs to hold some rows. */
    private static final long LEAST_BYTES = 64 << 10;

    private static final long WARMED_MILLIS = 60_000;
    private static final String TABLE = "rows";
    private static final String KUAIRAND = "user_history_to_20220424.tsv.gz";

    private final RequestTrace trace;
    private final OpaqueRows rows;
    private final Path directory;
    private final long[][] requests;
    private final MemorySegment out;

    private PackingReplay(RequestTrace trace, Path directory) {
        this.trace = trace;
        this.rows = new OpaqueRows(trace.rows(), ROW_BYTES);
        this.directory = directory;
        this.requests = Stream.of(trace.requests())
                .map(request -> Arrays.stream(request).mapToLong(rows::key).toArray())
                .toArray(long[][]::new);
        int most = Stream.of(requests).mapToInt(request -> request.length).max().orElse(1);
        this.out = LargeMemory.allocate((long) most * ROW_BYTES, Arena.ofAuto());
    }

    /** Planted topics, histories where there are some, and windows over the traces of a folder. */
    static void run(int plantedRows, Path traces, Path kuaiRand, Path directory, Told told) throws IOException {
        replay(RequestTrace.planted(plantedRows), directory, told);
        if (Files.exists(kuaiRand.resolve(KUAIRAND))) {
            replay(RequestTrace.histories(kuaiRand.resolve(KUAIRAND)), directory, told);
        }
        if (Files.isDirectory(traces)) {
            List<Path> files;
            try (Stream<Path> all = Files.list(traces)) {
                files = all.filter(AccessTrace::isTrace).sorted().toList();
            }
            for (Path file : files) {
                replay(RequestTrace.windows(AccessTrace.read(file)), directory, told);
            }
        }
    }

    /** Takes what was measured, as soon as it is. */
    interface Told {
        void of(PackingGain gain);
    }

    private static void replay(RequestTrace trace, Path directory, Told told) throws IOException {
        new PackingReplay(trace, directory.resolve(trace.name().replace(' ', '-'))).run(told);
    }

    private void run(Told told) throws IOException {
        try (TieredStore store = open(PER_CENT[0])) {
            load(store);
        }
        PackingGain.Measured[] before = new PackingGain.Measured[PER_CENT.length];
        for (int i = 0; i < PER_CENT.length; i++) {
            before[i] = measure(PER_CENT[i]);
        }
        double packSeconds = pack();
        for (int i = 0; i < PER_CENT.length; i++) {
            told.of(new PackingGain(
                    trace.name(), PER_CENT[i], trace.rows(), before[i], measure(PER_CENT[i]), packSeconds));
        }
    }

    private double pack() throws IOException {
        try (TieredStore store = open(PER_CENT[0])) {
            long began = System.nanoTime();
            int ignored = store.packTogether(Map.of(TABLE, learnt()));
            store.checkpoint();
            return (System.nanoTime() - began) / 1e9;
        }
    }

    private TieredStore open(int perCent) throws IOException {
        long memory = Math.max(LEAST_BYTES, rows.count() * ROW_BYTES * perCent / 100);
        TableSpec spec = TableSpec.tiered(TABLE, ROW_BYTES, trace.rows(), memory);
        return TieredStore.open(directory, StoreConfig.defaults(), List.of(spec));
    }

    private void load(TieredStore store) {
        int[] order = RequestTrace.shuffled(trace.rows(), new SplittableRandom(1));
        MemorySegment batch = Arena.ofAuto().allocate((long) LOAD_BATCH * ROW_BYTES, 64);
        long[] keys = new long[LOAD_BATCH];
        for (int from = 0; from < order.length; from += LOAD_BATCH) {
            int count = Math.min(LOAD_BATCH, order.length - from);
            for (int i = 0; i < count; i++) {
                keys[i] = rows.key(order[from + i]);
                rows.write(keys[i], 0, batch, (long) i * ROW_BYTES);
            }
            long ignored = store.table(TABLE).putBatch(keys, count, batch, 0);
        }
        store.awaitDurable(store.position());
    }

    private KeySets learnt() {
        KeySets.Builder builder = new KeySets.Builder();
        for (int i = 0; i < requests.length / 2; i++) {
            builder.add(requests[i], requests[i].length);
        }
        return builder.build();
    }

    private PackingGain.Measured measure(int perCent) throws IOException {
        try (TieredStore store = open(perCent)) {
            awaitWarm(store);
            TieredTable table = store.table(TABLE);
            int half = requests.length / 2;
            long ignored = replay(table, Math.max(0, half - MOST_REPLAYED), half);
            TableStat.Reads before = table.stat().reads();
            int end = Math.min(requests.length, half + MOST_REPLAYED);
            long nanos = replay(table, half, end);
            TableStat.Reads after = table.stat().reads();
            long keys = 0;
            for (int i = half; i < end; i++) {
                keys += requests[i].length;
            }
            double count = end - half;
            return new PackingGain.Measured(
                    keys / count,
                    (after.fromDisk() - before.fromDisk()) / count,
                    (after.diskPages() - before.diskPages()) / count,
                    (after.diskReads() - before.diskReads()) / count,
                    keys * 1e9 / nanos);
        }
    }

    private static void awaitWarm(TieredStore store) {
        long end = System.nanoTime() + WARMED_MILLIS * 1_000_000;
        while (!store.stat().warm() && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** @return how long the reads took */
    private long replay(TieredTable table, int from, int until) {
        boolean[] found = new boolean[(int) (out.byteSize() / ROW_BYTES)];
        long nanos = 0;
        for (int i = from; i < until; i++) {
            long[] keys = requests[i];
            long began = System.nanoTime();
            int hits = table.getBatch(keys, keys.length, out, 0, found);
            nanos += System.nanoTime() - began;
            if (i % CHECKED == 0) {
                Verification.checkRows(rows, keys, keys.length, hits, out);
            }
        }
        return nanos;
    }
}
