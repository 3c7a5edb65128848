package dev.millrace.models.graph;

import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Shape;
import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.OnnxGraphBuilder;

import java.util.Arrays;
import java.util.List;

/**
 * Writes the part of a block that looks back: from n normed positions to the last m of them. Owned by whoever writes the
 * graph.
 *
 * <p>For attention the scale 1/sqrt(a/heads) goes into the query weights, and relative bias, causal mask and reach become
 * one constant per block.
 */
final class MixingGraph {
    /** exp(x + MASKED) is 0 in 32-bit floats for every score a network can reach, and sums of two stay finite. */
    private static final float MASKED = -1e9f;

    private final OnnxGraphBuilder graph;
    private final GraphNodes nodes;
    private final int dimension;
    private final int reach;
    private final String isPadding;
    private final int rows;

    /** @param ids the items that are read, of which there are {@code rows} */
    MixingGraph(OnnxGraphBuilder graph, GraphNodes nodes, Shape shape, String ids, int rows) {
        this.graph = graph;
        this.nodes = nodes;
        this.dimension = shape.dimension();
        this.reach = shape.reach();
        this.rows = rows;
        this.isPadding = graph.node("Equal", List.of(ids, graph.constant("paddingId", new long[] {0})));
    }

    /** From normed positions [in, d] to what is added to the last {@code out} of them, [out, d]. */
    String mix(String prefix, Mixing mixing, String normed, int in, int out) {
        return switch (mixing) {
            case Mixing.Attention attention -> attend(prefix, attention, normed, in, out);
            case Mixing.Convolution convolution -> convolve(prefix, convolution, normed, in, out);
        };
    }

    private String attend(String prefix, Mixing.Attention attention, String normed, int in, int out) {
        int width = attention.width();
        Linear scaled = scaledQueries(attention);
        List<String> qkv;
        if (in == out) {
            qkv = split(prefix + ".qkv", nodes.linear(prefix + ".qkv", normed, scaled), attention, 3, in);
        } else {
            String query = nodes.linear(
                    prefix + ".q", nodes.lastRows(prefix + ".asking", normed, in, out), part(scaled, 0, width));
            String answers = nodes.linear(prefix + ".kv", normed, part(scaled, width, 3 * width));
            List<String> kv = split(prefix + ".kv", answers, attention, 2, in);
            qkv = List.of(split(prefix + ".q", query, attention, 1, out).getFirst(), kv.get(0), kv.get(1));
        }
        String context = context(prefix, qkv, attention, in, out);
        return nodes.linear(prefix + ".out", context, attention.out());
    }

    /** From Q [h, m, a/h] and K, V [h, n, a/h] to the context [m, a]. */
    private String context(String prefix, List<String> qkv, Mixing.Attention attention, int in, int out) {
        String keys = graph.node("Transpose", List.of(qkv.get(1)), Attribute.of("perm", new long[] {0, 2, 1}));
        String bias = graph.constant(prefix + ".bias", bias(attention, in, out), attention.heads(), out, in);
        String scores = nodes.add(
                nodes.add(graph.node("MatMul", List.of(qkv.get(0), keys)), bias),
                selected(prefix + ".mask", MASKED, 0, in, 1, 1, in));
        String shares = graph.node("Softmax", List.of(scores), Attribute.of("axis", -1));
        String context = graph.node("MatMul", List.of(shares, qkv.get(2)));
        String byPosition = graph.node("Transpose", List.of(context), Attribute.of("perm", new long[] {1, 0, 2}));
        return nodes.reshape(prefix + ".context", byPosition, out, attention.width());
    }

    private String convolve(String prefix, Mixing.Convolution convolution, String normed, int in, int out) {
        String value = nodes.linear(prefix + ".value", normed, part(convolution.in(), 0, dimension));
        String real = graph.node("Mul", List.of(value, selected(prefix + ".real", 0, 1, in, in, 1)));
        String channels = graph.node("Transpose", List.of(real), Attribute.of("perm", new long[] {1, 0}));
        String mixed = graph.node(
                "Conv",
                List.of(
                        nodes.reshape(prefix + ".channels", channels, 1, dimension, in),
                        graph.constant(prefix + ".kernel", oldestFirst(convolution.kernel()), dimension, 1, reach)),
                Attribute.of("group", dimension),
                Attribute.of("kernel_shape", new long[] {reach}),
                Attribute.of("pads", new long[] {reach - 1 - (in - out), 0}));
        String byPosition = graph.node(
                "Transpose",
                List.of(nodes.reshape(prefix + ".mixed", mixed, dimension, out)),
                Attribute.of("perm", new long[] {1, 0}));
        String gate = nodes.linear(
                prefix + ".gate",
                nodes.lastRows(prefix + ".gated", normed, in, out),
                part(convolution.in(), dimension, 2 * dimension));
        String open = graph.node("Mul", List.of(byPosition, graph.node("Sigmoid", List.of(gate))));
        return nodes.linear(prefix + ".out", open, convolution.out());
    }

    /** One value for each of the last {@code kept} positions: another for padding than for items. */
    private String selected(String name, float padding, float item, int kept, long... shape) {
        String atPadding = graph.constant(name + ".padding", new float[] {padding});
        String atItem = graph.constant(name + ".item", new float[] {item});
        String values = graph.node("Where", List.of(isPadding, atPadding, atItem));
        return nodes.reshape(name, nodes.lastRows(name, values, rows, kept), shape);
    }

    /** From [n, parts·a] to {@code parts} values of shape [heads, n, a/heads]. */
    private List<String> split(String prefix, String x, Mixing.Attention attention, int parts, int positions) {
        int heads = attention.heads();
        int width = attention.width() / heads;
        String byHead = graph.node(
                "Transpose",
                List.of(nodes.reshape(prefix + ".heads", x, positions, (long) parts * heads, width)),
                Attribute.of("perm", new long[] {1, 0, 2}));
        return parts == 1
                ? List.of(byHead)
                : graph.nodes(
                        "Split", List.of(byHead), parts, Attribute.of("axis", 0), Attribute.of("num_outputs", parts));
    }

    private Linear scaledQueries(Mixing.Attention attention) {
        int width = attention.width();
        float scale = (float) (1 / Math.sqrt((double) width / attention.heads()));
        return new Linear(
                GraphNodes.scaled(attention.qkv().weight(), 0, width * dimension, scale),
                GraphNodes.scaled(attention.qkv().bias(), 0, width, scale));
    }

    private Linear part(Linear linear, int from, int to) {
        return new Linear(
                Arrays.copyOfRange(linear.weight(), from * dimension, to * dimension),
                Arrays.copyOfRange(linear.bias(), from, to));
    }

    /** [heads, m, n]: the relative bias where the key is within reach and not after the query, else MASKED. */
    private float[] bias(Mixing.Attention attention, int in, int out) {
        int heads = attention.heads();
        float[] relative = attention.relativeBias();
        float[] bias = new float[heads * out * in];
        int at = 0;
        for (int head = 0; head < heads; head++) {
            for (int query = in - out; query < in; query++) {
                for (int key = 0; key < in; key++) {
                    int distance = query - key;
                    bias[at++] = distance >= 0 && distance < reach ? relative[head * reach + distance] : MASKED;
                }
            }
        }
        return bias;
    }

    /** ONNX's convolution runs forward over the window, whose last place is the newest. */
    private float[] oldestFirst(float[] kernel) {
        float[] turned = new float[kernel.length];
        for (int i = 0; i < kernel.length; i++) {
            turned[i] = kernel[i / reach * reach + reach - 1 - i % reach];
        }
        return turned;
    }
}
