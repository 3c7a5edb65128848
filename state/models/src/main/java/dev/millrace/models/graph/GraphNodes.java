package dev.millrace.models.graph;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.OnnxGraphBuilder;

import java.util.List;

/** The few groups of nodes that networks are made of. Owned by whoever writes the graph. */
final class GraphNodes {
    private final OnnxGraphBuilder graph;

    GraphNodes(OnnxGraphBuilder graph) {
        this.graph = graph;
    }

    String norm(String name, String x, TransformerWeights.Norm norm) {
        String gamma = graph.constant(name + ".gamma", norm.gamma(), norm.gamma().length);
        String beta = graph.constant(name + ".beta", norm.beta(), norm.beta().length);
        return graph.node(
                "LayerNormalization",
                List.of(x, gamma, beta),
                Attribute.of("axis", -1),
                Attribute.of("epsilon", TransformerWeights.NORM_EPSILON));
    }

    String linear(String name, String x, TransformerWeights.Linear linear) {
        int out = linear.bias().length;
        String weight = graph.constant(name + ".weight", linear.weight(), out, linear.weight().length / out);
        String bias = graph.constant(name + ".bias", linear.bias(), out);
        return graph.node("Gemm", List.of(x, weight, bias), Attribute.of("transB", 1));
    }

    /** A linear layer without a bias. */
    String linear(String name, String x, float[] weight, int out) {
        String matrix = graph.constant(name + ".weight", weight, out, weight.length / out);
        return graph.node("Gemm", List.of(x, matrix), Attribute.of("transB", 1));
    }

    String add(String left, String right) {
        return graph.node("Add", List.of(left, right));
    }

    String reshape(String name, String x, long... shape) {
        return graph.node("Reshape", List.of(x, graph.constant(name + ".shape", shape, shape.length)));
    }

    /** The last {@code kept} of {@code all} rows. */
    String lastRows(String name, String x, int all, int kept) {
        if (kept == all) {
            return x;
        }
        String start = graph.constant(name + ".start", new long[] {all - kept}, 1);
        String end = graph.constant(name + ".end", new long[] {all}, 1);
        return graph.node("Slice", List.of(x, start, end));
    }

    static float[] scaled(float[] values, int from, int to, float scale) {
        float[] copy = values.clone();
        for (int i = from; i < to; i++) {
            copy[i] *= scale;
        }
        return copy;
    }
}
