package dev.millrace.benchmarks.recommend;

import dev.millrace.recommend.live.MemoryVectors;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.recommend.live.VectorTable;
import dev.millrace.recommend.live.VectorTables;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TieredStore;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Microseconds to read the vectors of 500 candidates, of 64 floats each, from where a model's vectors lie. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgs = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class VectorTablesBenchmark {
    private static final int DIMENSION = 64;
    private static final int CANDIDATES = 500;
    private static final int BATCHES = 256;
    private static final long BUDGET = 1L << 30;

    /** Where they lie: in the store, or in a table of memory alone, the reference. */
    @Param({"reference", "store"})
    public String place = "store";

    @Param({"20000", "1000000"})
    public int items;

    private final long[][] candidates = new long[BATCHES][CANDIDATES];
    private final boolean[] found = new boolean[CANDIDATES];
    private final MemorySegment into = Arena.ofAuto().allocate((long) CANDIDATES * DIMENSION * Float.BYTES, 64);
    private int turn;

    @SuppressWarnings("NullAway.Init") // set up before any benchmark runs
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private TieredStore store;

    @SuppressWarnings("NullAway.Init")
    private VectorTable vectors;

    @Setup
    public void fill() throws IOException {
        directory = Files.createTempDirectory("millrace-vectors");
        store = TieredStore.open(directory, StoreConfig.defaults(), List.of());
        VectorTables tables = place.equals("store")
                ? new StoredVectors(store, StoredVectors.LABEL, BUDGET)
                : MemoryVectors.defaults();
        vectors = tables.make(DIMENSION);
        float[] vector = new float[DIMENSION];
        for (int item = 0; item < items; item++) {
            vector[0] = item;
            vectors.rows().put(item, MemorySegment.ofArray(vector), 0);
        }
        SplittableRandom random = new SplittableRandom(1);
        for (long[] batch : candidates) {
            for (int i = 0; i < CANDIDATES; i++) {
                batch[i] = random.nextInt(items);
            }
        }
    }

    @Benchmark
    public int batch() {
        turn = (turn + 1) % BATCHES;
        return vectors.rows().getBatch(candidates[turn], CANDIDATES, into, 0, found);
    }

    @TearDown
    public void close() throws IOException {
        vectors.close();
        store.close();
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
