package dev.millrace.benchmarks.inference;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.ScoringSlot;
import dev.millrace.inference.SequenceModel;
import dev.millrace.models.graph.RandomTransformer.Sizes;
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
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Microseconds per encoded history (d = 64, 2 blocks, 2 heads) and per 500 scored candidates. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SequenceModelBenchmark {
    private static final int DIMENSION = 64;
    private static final int CANDIDATES = 500;

    @Param({"10000", "1000000"})
    public int items;

    @Param("50")
    public int historyLength;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment rows = arena.allocate((long) CANDIDATES * DIMENSION * Float.BYTES);
    private final float[] user = new float[DIMENSION];
    private final float[] scores = new float[CANDIDATES];
    private final SplittableRandom random = new SplittableRandom(1);
    private int[] history = new int[0];
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init") // set up before any benchmark runs
    private SequenceModel model;

    @Setup
    public void load() throws IOException {
        directory = Files.createTempDirectory("millrace-bundle");
        Sizes sizes = new Sizes(items, DIMENSION, 2, 2, historyLength);
        model = SequenceModel.load(
                RandomBundle.write(directory.resolve("bundle"), sizes, "item-", 1),
                InferenceConfig.defaults().withUserStates(0));
        history = new int[historyLength];
        for (int i = 0; i < CANDIDATES * DIMENSION; i++) {
            rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
    }

    /** A new random history each time, so that embedding rows come from memory, not from the cache. */
    @Benchmark
    public float[] encode() {
        for (int i = 0; i < historyLength; i++) {
            history[i] = random.nextInt(items);
        }
        model.encode(history, historyLength, user);
        return user;
    }

    /** Rows are copied to the tensor. */
    @Benchmark
    public float[] scoreCopied() {
        model.score(user, rows, CANDIDATES, scores);
        return scores;
    }

    /** Rows are already in the tensor. */
    @Benchmark
    public float scoreInPlace() {
        try (ScoringSlot slot = model.borrowScoringSlot()) {
            slot.score(user, CANDIDATES);
            return slot.scores().get(CANDIDATES - 1);
        }
    }

    @TearDown
    public void close() throws IOException {
        model.close();
        arena.close();
        try (var files = Files.walk(directory)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }
}
