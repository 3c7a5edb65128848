package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.inference.batching.BatchingConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class RankerTest {
    private static final int WIDTH = 96;
    private static final RankerSignature SIGNATURE =
            RankerSignature.parse("features:float[" + WIDTH + "]->score:float");
    private static final InferenceConfig CONFIG =
            InferenceConfig.of(700, 2).withBatching(new BatchingConfig(1, Duration.ofMillis(50), 2048, 65_536));

    @TempDir
    Path directory;

    private Path graph;

    @BeforeEach
    void write() throws IOException {
        graph = directory.resolve("ranker.onnx");
        OnnxWriter.write(perceptron(WIDTH, 256, 64), graph);
    }

    @Test
    void run_ofAnyBatch_givesEachRowTheSameBits() throws IOException {
        long seed = 11;
        SplittableRandom random = new SplittableRandom(seed);
        float[] rows = floats(random, 500 * WIDTH);
        try (Ranker ranker = Ranker.load(graph, SIGNATURE, CONFIG)) {
            float[] together = scores(ranker, rows, 0, 500);
            for (int n : new int[] {1, 2, 3, 5, 8, 15, 16, 17, 31, 32, 33, 64, 127, 128, 255, 499}) {
                int from = random.nextInt(500 - n + 1);
                float[] some = scores(ranker, rows, from, n);
                for (int i = 0; i < n; i++) {
                    assertEquals(together[from + i], some[i], "seed " + seed + ", batch of " + n + ", row " + i);
                }
            }
        }
    }

    @Test
    @Timeout(120)
    void run_fromManyThreadsAtOnce_givesTheBitsOfACallAlone() throws Exception {
        long seed = 12;
        SplittableRandom random = new SplittableRandom(seed);
        float[] rows = floats(random, 600 * WIDTH);
        try (Ranker ranker = Ranker.load(graph, SIGNATURE, CONFIG);
                ExecutorService threads = Executors.newFixedThreadPool(16)) {
            float[] together = scores(ranker, rows, 0, 600);
            List<Future<?>> calls = new ArrayList<>();
            for (int call = 0; call < 1_000; call++) {
                int n = 1 + random.nextInt(60);
                int from = random.nextInt(600 - n + 1);
                calls.add(threads.submit(() -> {
                    float[] some = scores(ranker, rows, from, n);
                    for (int i = 0; i < n; i++) {
                        assertEquals(together[from + i], some[i], "seed " + seed);
                    }
                }));
            }
            for (Future<?> call : calls) {
                call.get();
            }
            assertEquals(1_001, ranker.figures().calls());
            assertTrue(ranker.figures().batches() < 1_001, "no two calls ever shared a run: " + ranker.figures());
        }
    }

    @Test
    void run_whenWarm_allocatesNothingPerCandidateAndLittlePerCall() throws IOException {
        com.sun.management.ThreadMXBean meter = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Ranker ranker = Ranker.load(graph, SIGNATURE, CONFIG)) {
            allocated(meter, ranker, 1, 300);
            allocated(meter, ranker, 640, 300);
            long one = allocated(meter, ranker, 1, 300);
            long many = allocated(meter, ranker, 640, 300);
            assertTrue(one <= 1024, one + " bytes a call of one candidate");
            assertTrue(many <= 1024, many + " bytes a call of 640 candidates");
            assertTrue(many - one < 64, "640 candidates cost " + (many - one) + " bytes more than one");
        }
    }

    private static long allocated(com.sun.management.ThreadMXBean meter, Ranker ranker, int rows, int rounds) {
        long before = meter.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < rounds; i++) {
            try (RankerCall call = ranker.borrow()) {
                call.run(rows, Priority.INTERACTIVE, Deadline.none());
            }
        }
        return (meter.getCurrentThreadAllocatedBytes() - before) / rounds;
    }

    @Test
    void load_withAnotherSignature_isRefusedWithTheReason() {
        assertRefused("features:float[96],user:float[4]->score:float", "has no input 'user'; it has [features]");
        assertRefused("row:float[96]->score:float", "needs the input 'features' (FLOAT[-1, 96])");
        assertRefused(
                "features:float[95]->score:float", "'features' is FLOAT[-1, 96], but the signature says FLOAT[-1, 95]");
        assertRefused("features:double[96]->score:float", "the signature says DOUBLE[-1, 96]");
        assertRefused(
                "features:float[96]->score:float[1]", "'score' is FLOAT[-1], but the signature says FLOAT[-1, 1]");
        assertRefused("features:float[96]->probability:float", "has no output 'probability'; it has [score]");
    }

    @Test
    void load_ofAGraphForOneCandidateOnly_isRefused() throws IOException {
        OnnxGraphBuilder fixed = new OnnxGraphBuilder("fixed");
        String x = fixed.input("x", ElementType.FLOAT, Dimension.of(1), Dimension.of(4));
        fixed.output("score", fixed.node("Neg", List.of(x)), ElementType.FLOAT, Dimension.of(1), Dimension.of(4));
        Path file = directory.resolve("fixed.onnx");
        OnnxWriter.write(fixed.build(), file);
        RankerSignature signature = RankerSignature.parse("x:float[4]->score:float[4]");
        IOException refused = assertThrows(
                IOException.class, () -> Ranker.load(file, signature, CONFIG).close());
        assertTrue(refused.getMessage().contains("which must be open"), refused.getMessage());
    }

    private void assertRefused(String signature, String reason) {
        RankerSignature declared = RankerSignature.parse(signature);
        IOException refused = assertThrows(
                IOException.class, () -> Ranker.load(graph, declared, CONFIG).close());
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    }

    @Test
    void calls_wronglyUsed_areRefusedWithTheReason() throws IOException {
        Ranker ranker = Ranker.load(graph, SIGNATURE, CONFIG);
        RankerCall call = ranker.borrow();
        assertThrows(IllegalArgumentException.class, () -> call.run(701, Priority.INTERACTIVE, Deadline.none()));
        assertThrows(IllegalArgumentException.class, () -> call.run(-1, Priority.INTERACTIVE, Deadline.none()));
        call.run(0, Priority.INTERACTIVE, Deadline.none());
        MillraceException late = assertThrows(
                MillraceException.class,
                () -> call.run(1, Priority.INTERACTIVE, Deadline.after(Duration.ofMillis(-1))));
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, late.code());
        call.close();
        call.close();
        assertThrows(IllegalStateException.class, () -> call.input(0));
        ranker.close();
        assertEquals(
                ErrorCode.UNAVAILABLE,
                assertThrows(MillraceException.class, ranker::borrow).code());
    }

    private static float[] scores(Ranker ranker, float[] rows, int from, int n) {
        try (RankerCall call = ranker.borrow()) {
            call.input(0).asFloatBuffer().put(0, rows, from * WIDTH, n * WIDTH);
            call.run(n, Priority.INTERACTIVE, Deadline.none());
            float[] scores = new float[n];
            call.output(0).asFloatBuffer().get(0, scores);
            return scores;
        }
    }

    /** Two hidden layers and a sigmoid over one row of features. */
    static OnnxGraph perceptron(int width, int first, int second) {
        SplittableRandom random = new SplittableRandom(7);
        OnnxGraphBuilder graph = new OnnxGraphBuilder("ranker");
        Dimension candidates = Dimension.named("N");
        String x = graph.input("features", ElementType.FLOAT, candidates, Dimension.of(width));
        String hidden = graph.node("Relu", List.of(layer(graph, random, "one", x, width, first)));
        String deeper = graph.node("Relu", List.of(layer(graph, random, "two", hidden, first, second)));
        String logit = layer(graph, random, "three", deeper, second, 1);
        String flat = graph.node("Reshape", List.of(logit, graph.constant("flat", new long[] {-1}, 1)));
        graph.output("score", graph.node("Sigmoid", List.of(flat)), ElementType.FLOAT, candidates);
        return graph.build();
    }

    private static String layer(
            OnnxGraphBuilder graph, SplittableRandom random, String name, String x, int in, int out) {
        float[] weight = floats(random, in * out);
        for (int i = 0; i < weight.length; i++) {
            weight[i] /= (float) Math.sqrt(in);
        }
        return graph.node(
                "Gemm",
                List.of(
                        x,
                        graph.constant(name + ".weight", weight, in, out),
                        graph.constant(name + ".bias", floats(random, out), out)));
    }

    private static float[] floats(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
