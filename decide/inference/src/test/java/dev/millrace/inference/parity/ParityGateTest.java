package dev.millrace.inference.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.Ranker;
import dev.millrace.inference.RankerCall;
import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

class ParityGateTest {
    private static final int WIDTH = 256;
    private static final long SEED = 5;
    private static final RankerSignature SIGNATURE = RankerSignature.parse("x:float[" + WIDTH + "]->score:float");
    /** Random weights have no room for rounding that training would leave. */
    private static final ParityLimits LOOSE = new ParityLimits(0.02, 0.8, 0.01);

    @TempDir
    Path work;

    private final SplittableRandom random = new SplittableRandom(SEED);

    private float[] floats(int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    /** @param outlier multiplies one weight of the second layer */
    private OnnxGraph graph(boolean transposed, float outlier) {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("ranker");
        Dimension candidates = Dimension.named("N");
        String x = graph.input("x", ElementType.FLOAT, candidates, Dimension.of(WIDTH));
        Attribute[] attributes = transposed ? new Attribute[] {Attribute.of("transB", 1)} : new Attribute[0];
        float[] first = floats(WIDTH * WIDTH, 1 / Math.sqrt(WIDTH));
        float[] second = floats(WIDTH * WIDTH, 1 / Math.sqrt(WIDTH));
        second[0] *= outlier;
        String one = graph.node(
                "Relu",
                List.of(graph.node(
                        "Gemm",
                        List.of(
                                x,
                                graph.constant("one", first, WIDTH, WIDTH),
                                graph.constant("one.bias", floats(WIDTH, 0.1), WIDTH)),
                        attributes)));
        String two = graph.node(
                "Relu",
                List.of(graph.node("Gemm", List.of(one, graph.constant("two", second, WIDTH, WIDTH)), attributes)));
        String last = graph.node("MatMul", List.of(two, graph.constant("last", floats(WIDTH, 0.1), WIDTH, 1)));
        graph.output(
                "score",
                graph.node("Reshape", List.of(last, graph.constant("flat", new long[] {-1}, 1))),
                ElementType.FLOAT,
                candidates);
        return graph.build();
    }

    @Test
    void compressed_ofWideLayers_isAQuarterAndKeepsTheOrder() throws IOException {
        for (boolean transposed : new boolean[] {false, true}) {
            Int8Compression compression =
                    Int8Compression.calibrate(graph(transposed, 1), SIGNATURE, floats(500 * WIDTH, 1), work);
            assertEquals(List.of("one", "two"), compression.layers());

            ParityReport report = ParityGate.examine(compression, floats(1_000 * WIDTH, 1), LOOSE, work);

            assertNull(report.refusal(), "seed " + SEED + ": " + report);
            assertTrue(report.auc() > 0.98 && report.overlap() > 0.8, report.toString());
            assertTrue(report.largestDifference() > 0, "nothing was compressed: " + report);
            assertTrue(report.originalBytes() > 3.5 * report.bytes(), report.toString());
        }
    }

    @Test
    void compressed_scores_doNotDependOnTheBatch() throws IOException {
        Int8Compression compression =
                Int8Compression.calibrate(graph(false, 1), SIGNATURE, floats(500 * WIDTH, 1), work);
        Path file = work.resolve("small.onnx");
        OnnxWriter.write(compression.compressed(), file);
        float[] rows = floats(100 * WIDTH, 3);
        try (Ranker ranker = Ranker.load(file, SIGNATURE, InferenceConfig.of(100, 1))) {
            float[] together = scores(ranker, rows, 0, 100);
            for (int n : new int[] {1, 2, 5, 17, 63}) {
                float[] some = scores(ranker, rows, 30, n);
                for (int i = 0; i < n; i++) {
                    assertEquals(together[30 + i], some[i], "batch of " + n + ", row " + i);
                }
            }
        }
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

    @Test
    void gate_ofTooMuchLoss_refusesAndNamesTheLayer() throws IOException {
        // One huge weight leaves the other 255 inputs of its output a few steps only.
        Int8Compression compression =
                Int8Compression.calibrate(graph(false, 3_000), SIGNATURE, floats(500 * WIDTH, 1), work);

        ParityReport report =
                ParityGate.examine(compression, floats(1_000 * WIDTH, 1), new ParityLimits(0, 1, 0.01), work);

        assertFalse(report.passes());
        assertTrue(
                Objects.requireNonNull(report.refusal()).contains("layer '" + report.worstLayer() + "' loses most"),
                report.toString());
    }

    @Test
    void gate_ofTooLittleSpeed_refuses() throws IOException {
        Int8Compression compression =
                Int8Compression.calibrate(graph(false, 1), SIGNATURE, floats(500 * WIDTH, 1), work);

        ParityReport report =
                ParityGate.examine(compression, floats(1_000 * WIDTH, 1), new ParityLimits(1, 0, 1_000), work);

        assertTrue(Objects.requireNonNull(report.refusal()).contains("times the original's speed"), report.toString());
    }

    @Test
    void calibrate_ofNarrowLayers_isRefused() {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("narrow");
        String x = graph.input("x", ElementType.FLOAT, Dimension.named("N"), Dimension.of(WIDTH));
        graph.output(
                "score",
                graph.node("Gemm", List.of(x, graph.constant("w", floats(WIDTH * 8, 1), WIDTH, 8))),
                ElementType.FLOAT,
                Dimension.named("N"),
                Dimension.of(8));
        assertThrows(
                IllegalArgumentException.class,
                () -> Int8Compression.calibrate(
                        graph.build(), RankerSignature.parse("x:float[256]->score:float[8]"), floats(WIDTH, 1), work));
    }

    @Test
    void measures_ofEqualAndOppositeOrders_areWhatTheyShouldBe() {
        float[] up = new float[1_000];
        float[] down = new float[1_000];
        for (int i = 0; i < up.length; i++) {
            up[i] = i;
            down[i] = -i;
        }
        assertEquals(1, ParityGate.auc(up, up), 1e-12);
        assertEquals(0, ParityGate.auc(up, down), 1e-12);
        assertEquals(1, ParityGate.overlap(up, up));
        assertEquals(0, ParityGate.overlap(up, down));
    }
}
