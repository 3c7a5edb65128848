package dev.millrace.models.graph;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;

import java.util.Arrays;
import java.util.List;

/**
 * The encoder of a causal transformer as an ONNX graph: a history of items in, a user vector out.
 *
 * <p>Idea: everything that does not depend on the history is computed when the graph is written: the scale
 * 1/sqrt(d/heads) goes into the query weights, the relative bias and the causal mask become one constant per block. The
 * answer is the last position alone, so the last block computes keys and values for all positions, but its query,
 * attention output and feed-forward for one: at two blocks that saves about a third of the arithmetic.
 *
 * <p>Padding (id 0, on the left) is masked as a key everywhere, so it never reaches a real position.
 */
public final class TransformerGraph {
    /** The name of the encoder's input: int64 [1, L], item k of the vocabulary as k + 1, padded with 0 on the left. */
    public static final String HISTORY = "history";

    /** The name of the encoder's output: float [1, d]. */
    public static final String USER = "user";

    /** exp(x + MASKED) is 0 in 32-bit floats for every score a network can reach, and sums of two stay finite. */
    private static final float MASKED = -1e9f;

    private final OnnxGraphBuilder graph = new OnnxGraphBuilder("encoder");
    private final TransformerWeights weights;
    private final int dimension;
    private final int heads;
    private final int length;

    private TransformerGraph(TransformerWeights weights) {
        this.weights = weights;
        this.dimension = weights.dimension();
        this.heads = weights.heads();
        this.length = weights.historyLength();
    }

    public static OnnxGraph encoder(TransformerWeights weights) {
        return new TransformerGraph(weights).build();
    }

    private OnnxGraph build() {
        String history = graph.input(HISTORY, ElementType.INT64, Dimension.of(1), Dimension.of(length));
        String positions = embed(history);
        String padding = paddingMask(history);
        int last = weights.blocks().size() - 1;
        for (int i = 0; i < last; i++) {
            positions = block(i, positions, padding);
        }
        String user = norm("final", lastBlock(last, positions, padding), weights.finalNorm());
        graph.output(USER, user, ElementType.FLOAT, Dimension.of(1), Dimension.of(dimension));
        return graph.build();
    }

    private String embed(String history) {
        String table = graph.constant("itemEmbedding", weights.itemEmbedding(), (long) weights.items() + 1, dimension);
        String ids = reshape("ids", history, length);
        String rows = graph.node("Gather", List.of(table, ids));
        String scale = graph.constant("embeddingScale", new float[] {(float) Math.sqrt(dimension)});
        return graph.node("Mul", List.of(rows, scale));
    }

    /** [1, 1, L]: 0 where there is an item, MASKED where there is padding. */
    private String paddingMask(String history) {
        String zero = graph.constant("paddingId", new long[] {0});
        String masked = graph.constant("masked", new float[] {MASKED});
        String open = graph.constant("unmasked", new float[] {0});
        String isPadding = graph.node("Equal", List.of(history, zero));
        return reshape("paddingMask", graph.node("Where", List.of(isPadding, masked, open)), 1, 1, length);
    }

    private String block(int index, String x, String padding) {
        TransformerWeights.Block block = weights.blocks().get(index);
        String prefix = "block" + index;
        String normed = norm(prefix + ".norm1", x, block.norm1());
        TransformerWeights.Linear scaled = scaledQueries(block.qkv());
        List<String> qkv = split(prefix + ".qkv", linear(prefix + ".qkv", normed, scaled), 3, length);
        String bias = graph.constant(prefix + ".bias", causalBias(block.relativeBias(), 0), heads, length, length);
        String context = attention(prefix, qkv, bias, padding, length);
        String attended = add(x, linear(prefix + ".out", context, block.attentionOut()));
        return add(attended, feedForward(prefix, attended, block));
    }

    private String lastBlock(int index, String x, String padding) {
        TransformerWeights.Block block = weights.blocks().get(index);
        String prefix = "block" + index;
        String normed = norm(prefix + ".norm1", x, block.norm1());
        TransformerWeights.Linear scaled = scaledQueries(block.qkv());
        String lastIndex = graph.constant("lastPosition", new long[] {length - 1}, 1);
        String query =
                linear(prefix + ".q", graph.node("Gather", List.of(normed, lastIndex)), rows(scaled, 0, dimension));
        List<String> kv = split(
                prefix + ".kv", linear(prefix + ".kv", normed, rows(scaled, dimension, 3 * dimension)), 2, length);
        List<String> qkv = List.of(split(prefix + ".q", query, 1, 1).getFirst(), kv.get(0), kv.get(1));
        String bias = graph.constant(prefix + ".bias", causalBias(block.relativeBias(), length - 1), heads, 1, length);
        String context = attention(prefix, qkv, bias, padding, 1);
        String attended = add(
                graph.node("Gather", List.of(x, lastIndex)), linear(prefix + ".out", context, block.attentionOut()));
        return add(attended, feedForward(prefix, attended, block));
    }

    /** From Q [h, n, d/h] and K, V [h, L, d/h] to the context [n, d]. */
    private String attention(String prefix, List<String> qkv, String bias, String padding, int queries) {
        String keys = graph.node("Transpose", List.of(qkv.get(1)), Attribute.of("perm", new long[] {0, 2, 1}));
        String scores = add(add(graph.node("MatMul", List.of(qkv.get(0), keys)), bias), padding);
        String shares = graph.node("Softmax", List.of(scores), Attribute.of("axis", -1));
        String context = graph.node("MatMul", List.of(shares, qkv.get(2)));
        String byPosition = graph.node("Transpose", List.of(context), Attribute.of("perm", new long[] {1, 0, 2}));
        return reshape(prefix + ".context", byPosition, queries, dimension);
    }

    /** From [n, parts·d] to {@code parts} values of shape [heads, n, d/heads]. */
    private List<String> split(String prefix, String x, int parts, int positions) {
        int width = dimension / heads;
        String byHead = graph.node(
                "Transpose",
                List.of(reshape(prefix + ".heads", x, positions, (long) parts * heads, width)),
                Attribute.of("perm", new long[] {1, 0, 2}));
        return parts == 1
                ? List.of(byHead)
                : graph.nodes(
                        "Split", List.of(byHead), parts, Attribute.of("axis", 0), Attribute.of("num_outputs", parts));
    }

    private String feedForward(String prefix, String x, TransformerWeights.Block block) {
        String normed = norm(prefix + ".norm2", x, block.norm2());
        String wide = linear(prefix + ".ffn1", normed, block.feedForwardIn());
        return linear(prefix + ".ffn2", graph.node("Gelu", List.of(wide)), block.feedForwardOut());
    }

    private String norm(String name, String x, TransformerWeights.Norm norm) {
        String gamma = graph.constant(name + ".gamma", norm.gamma(), dimension);
        String beta = graph.constant(name + ".beta", norm.beta(), dimension);
        return graph.node(
                "LayerNormalization",
                List.of(x, gamma, beta),
                Attribute.of("axis", -1),
                Attribute.of("epsilon", TransformerWeights.NORM_EPSILON));
    }

    private String linear(String name, String x, TransformerWeights.Linear linear) {
        int out = linear.bias().length;
        String weight = graph.constant(name + ".weight", linear.weight(), out, linear.weight().length / out);
        String bias = graph.constant(name + ".bias", linear.bias(), out);
        return graph.node("Gemm", List.of(x, weight, bias), Attribute.of("transB", 1));
    }

    private String add(String left, String right) {
        return graph.node("Add", List.of(left, right));
    }

    private String reshape(String name, String x, long... shape) {
        return graph.node("Reshape", List.of(x, graph.constant(name + ".shape", shape, shape.length)));
    }

    private TransformerWeights.Linear scaledQueries(TransformerWeights.Linear qkv) {
        float scale = (float) (1 / Math.sqrt((double) dimension / heads));
        float[] weight = qkv.weight().clone();
        float[] bias = qkv.bias().clone();
        for (int i = 0; i < dimension * dimension; i++) {
            weight[i] *= scale;
        }
        for (int i = 0; i < dimension; i++) {
            bias[i] *= scale;
        }
        return new TransformerWeights.Linear(weight, bias);
    }

    private TransformerWeights.Linear rows(TransformerWeights.Linear linear, int from, int to) {
        return new TransformerWeights.Linear(
                Arrays.copyOfRange(linear.weight(), from * dimension, to * dimension),
                Arrays.copyOfRange(linear.bias(), from, to));
    }

    /** [heads, L - firstQuery, L]: the relative bias where the key is not after the query, else MASKED. */
    private float[] causalBias(float[] relative, int firstQuery) {
        float[] bias = new float[heads * (length - firstQuery) * length];
        int at = 0;
        for (int head = 0; head < heads; head++) {
            for (int query = firstQuery; query < length; query++) {
                for (int key = 0; key < length; key++) {
                    bias[at++] = key <= query ? relative[head * length + query - key] : MASKED;
                }
            }
        }
        return bias;
    }
}
