package dev.millrace.systemtests;

import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;
import dev.millrace.storage.tiered.TieredValueTable;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The program that {@link StoreCrashTest} starts and kills: writes and removes rows from several threads while the store makes
 * checkpoints and packs; prints {@code ? key version} before a write is tried, and {@code + key version} when it is on
 * disk. A negative version is a removal.
 */
final class StoreWritingProcess {
    static final TableSpec ROWS = TableSpec.tiered("rows", 256, 100_000, 300 * 320);
    /** A value under the same key tells the same, as often as its key and version say. */
    static final TableSpec VALUES = TableSpec.values("values", 8 * 200, 100_000, 160_000);
    /** Small, so that segments end, checkpoints are made and segments packed within a second. */
    static final StoreConfig CONFIG = StoreConfig.defaults()
            .withLog(new StoreLogConfig(256 << 10, 64 << 10, Duration.ofMillis(1), Duration.ofSeconds(10)))
            .withCheckpointBytes(512 << 10);

    static final int KEYS = 2_000;
    private static final int THREADS = 2;
    private static final int MOST_ROWS = 24;
    static final int LONGS = 32;

    private StoreWritingProcess() {}

    /** @param arguments the store's directory, a seed, the first version */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        try (TieredStore store = TieredStore.open(Path.of(arguments[0]), CONFIG, List.of(ROWS, VALUES))) {
            long seed = Long.parseLong(arguments[1]);
            long version = Long.parseLong(arguments[2]);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int thread = t;
                threads.add(
                        Thread.ofPlatform().start(() -> write(store, new Random(seed + thread), thread, version, out)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    /** Each thread has keys of its own, and each batch a key once: so at most one write of a key is not yet known. */
    private static void write(TieredStore store, Random random, int thread, long firstVersion, PrintStream out) {
        TieredTable table = store.table("rows");
        TieredValueTable values = store.values("values");
        long version = firstVersion;
        while (true) {
            int count = 1 + random.nextInt(MOST_ROWS);
            int start = random.nextInt(KEYS / THREADS - count);
            long[] keys = new long[count];
            long[] rows = new long[count * LONGS];
            boolean removal = random.nextInt(6) == 0;
            version++;
            StringBuilder tried = new StringBuilder();
            StringBuilder done = new StringBuilder();
            for (int i = 0; i < count; i++) {
                keys[i] = (long) (start + i) * THREADS + thread;
                fill(rows, i * LONGS, keys[i], version);
                String what = keys[i] + " " + (removal ? -version : version) + "\n";
                tried.append("? ").append(what);
                done.append("+ ").append(what);
            }
            print(out, tried);
            if (removal) {
                for (long key : keys) {
                    boolean ignored = table.remove(key);
                    ignored = values.remove(key);
                }
            } else {
                long ignored = table.putBatch(keys, count, MemorySegment.ofArray(rows), 0);
                ignored = putValues(values, keys, count, version);
            }
            store.awaitDurable(store.position());
            print(out, done);
        }
    }

    private static long putValues(TieredValueTable values, long[] keys, int count, long version) {
        int[] bytes = new int[count];
        int longs = 0;
        for (int i = 0; i < count; i++) {
            bytes[i] = Long.BYTES * valueLongs(keys[i], version);
            longs += bytes[i] / Long.BYTES;
        }
        long[] content = new long[longs];
        int at = 0;
        for (int i = 0; i < count; i++) {
            fill(content, at, bytes[i] / Long.BYTES, keys[i], version);
            at += bytes[i] / Long.BYTES;
        }
        return values.putBatch(keys, count, MemorySegment.ofArray(content), 0, bytes);
    }

    /** How long a value is: mostly short, some long. */
    static int valueLongs(long key, long version) {
        long mixed = key * 31 + version * 17;
        return 1 + (int) (mixed % 10 == 0 ? mixed % 199 : mixed % 40);
    }

    /** Every long of a row tells key and version. */
    static void fill(long[] rows, int from, long key, long version) {
        fill(rows, from, LONGS, key, version);
    }

    static void fill(long[] rows, int from, int longs, long key, long version) {
        for (int i = 0; i < longs; i++) {
            rows[from + i] = key * 1_000_000_007L + version * 31 + i;
        }
    }

    private static void print(PrintStream out, StringBuilder lines) {
        synchronized (out) {
            out.print(lines);
            out.flush();
        }
    }
}
