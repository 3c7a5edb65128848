package dev.millrace.benchmarks.models;

import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.RankerSignature;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** The ranker that is measured: a perceptron 512-512-256-128-1 with random weights, 0.85 MFLOP a candidate. */
final class WideRanker {
    static final int WIDTH = 512;
    static final RankerSignature SIGNATURE = RankerSignature.parse("features:float[" + WIDTH + "]->score:float");
    private static final int[] LAYERS = {WIDTH, 512, 256, 128, 1};

    private WideRanker() {}

    static Path write(Path folder) throws IOException {
        Path file = folder.resolve("ranker.onnx");
        OnnxWriter.write(graph(), file);
        return file;
    }

    static OnnxGraph graph() {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("ranker");
        SplittableRandom random = new SplittableRandom(1);
        Dimension candidates = Dimension.named("N");
        String x = graph.input("features", ElementType.FLOAT, candidates, Dimension.of(WIDTH));
        for (int layer = 1; layer < LAYERS.length; layer++) {
            int in = LAYERS[layer - 1];
            int out = LAYERS[layer];
            String weight = graph.constant("weight" + layer, floats(random, in * out, in), in, out);
            String bias = graph.constant("bias" + layer, floats(random, out, in), out);
            x = graph.node("Gemm", List.of(x, weight, bias));
            x = layer < LAYERS.length - 1 ? graph.node("Relu", List.of(x)) : x;
        }
        String flat = graph.node("Reshape", List.of(x, graph.constant("flat", new long[] {-1}, 1)));
        graph.output("score", graph.node("Sigmoid", List.of(flat)), ElementType.FLOAT, candidates);
        return graph.build();
    }

    static float[] floats(SplittableRandom random, int count, int in) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(in));
        }
        return values;
    }
}
