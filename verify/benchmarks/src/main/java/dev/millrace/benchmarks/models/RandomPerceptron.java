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
import java.util.stream.Collectors;

/**
 * A ranker to be measured: a perceptron with random weights. Immutable.
 *
 * @param layers the width of its input, then of each layer
 */
record RandomPerceptron(List<Integer> layers) {
    /** 0.85 MFLOP a candidate. */
    static final RandomPerceptron WIDE = new RandomPerceptron(List.of(512, 512, 256, 128, 1));

    /** 0.02 MFLOP a candidate. */
    static final RandomPerceptron NARROW = new RandomPerceptron(List.of(64, 128, 16, 1));

    RandomPerceptron {
        layers = List.copyOf(layers);
    }

    int width() {
        return layers.getFirst();
    }

    RankerSignature signature() {
        return RankerSignature.parse("features:float[" + width() + "]->score:float");
    }

    String describe() {
        return "perceptron " + layers.stream().map(String::valueOf).collect(Collectors.joining("-")) + ", fp32";
    }

    Path write(Path folder) throws IOException {
        Path file = folder.resolve("ranker-" + width() + ".onnx");
        OnnxWriter.write(graph(), file);
        return file;
    }

    OnnxGraph graph() {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("ranker");
        SplittableRandom random = new SplittableRandom(1);
        Dimension candidates = Dimension.named("N");
        String x = graph.input("features", ElementType.FLOAT, candidates, Dimension.of(width()));
        for (int layer = 1; layer < layers.size(); layer++) {
            int in = layers.get(layer - 1);
            int out = layers.get(layer);
            String weight = graph.constant("weight" + layer, floats(random, in * out, in), in, out);
            String bias = graph.constant("bias" + layer, floats(random, out, in), out);
            x = graph.node("Gemm", List.of(x, weight, bias));
            x = layer < layers.size() - 1 ? graph.node("Relu", List.of(x)) : x;
        }
        String flat = graph.node("Reshape", List.of(x, graph.constant("flat", new long[] {-1}, 1)));
        graph.output("score", graph.node("Sigmoid", List.of(flat)), ElementType.FLOAT, candidates);
        return graph.build();
    }

    /** The features of some candidates, of about the same size. */
    float[] rows(long seed, int count) {
        return floats(new SplittableRandom(seed), count * width(), 1);
    }

    private static float[] floats(SplittableRandom random, int count, int in) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(in));
        }
        return values;
    }
}
