package dev.millrace.models.graph;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;

import java.util.List;

/**
 * The encoder of a causal network as an ONNX graph: a history of items in, a user vector out.
 *
 * <p>Idea: everything that does not depend on the history is computed when the graph is written, and nothing is computed
 * that the answer does not need. The answer is the last position alone; a block that sees {@code reach} positions needs
 * only so many outputs of the block before it. So each block computes as many rows as the blocks after it look back on: one
 * in the last, and with a short reach the cost does not depend on the length of the history at all.
 *
 * <p>Padding (id 0, on the left) is masked as a key everywhere, so it never reaches a real position.
 */
public final class TransformerGraph {
    /** The name of the encoder's input: int64 [1, L], item k of the vocabulary as k + 1, padded with 0 on the left. */
    public static final String HISTORY = "history";

    /** The name of the encoder's output: float [1, d]. */
    public static final String USER = "user";

    private final OnnxGraphBuilder graph = new OnnxGraphBuilder("encoder");
    private final GraphNodes nodes = new GraphNodes(graph);
    private final TransformerWeights weights;
    private final int dimension;

    private TransformerGraph(TransformerWeights weights) {
        this.weights = weights;
        this.dimension = weights.shape().dimension();
    }

    public static OnnxGraph encoder(TransformerWeights weights) {
        return new TransformerGraph(weights).build();
    }

    private OnnxGraph build() {
        int length = weights.shape().historyLength();
        int blocks = weights.blocks().size();
        String history = graph.input(HISTORY, ElementType.INT64, Dimension.of(1), Dimension.of(length));
        String ids = nodes.reshape("ids", history, length);
        int rows = rowsBefore(0);
        String read = nodes.lastRows("read", ids, length, rows);
        String x = embed(read);
        MixingGraph mixing = new MixingGraph(graph, nodes, weights.shape(), read, rows);
        for (int i = 0; i < blocks; i++) {
            x = block(i, x, mixing);
        }
        String user = answer(nodes.norm("final", x, weights.finalNorm()));
        LinearTerm linear = weights.linear();
        if (linear != null) {
            user = graph.node("Concat", List.of(user, votes(linear, ids, length)), Attribute.of("axis", 1));
        }
        graph.output(USER, user, ElementType.FLOAT, Dimension.of(1), Dimension.of(weights.userDimension()));
        return graph.build();
    }

    /** How many of the newest positions block {@code index} needs as its input. */
    private int rowsBefore(int index) {
        long seen = (long) (weights.blocks().size() - index) * (weights.shape().reach() - 1) + 1;
        return (int) Math.min(weights.shape().historyLength(), seen);
    }

    private String embed(String ids) {
        ItemTable table = weights.table();
        float scale = (float) Math.sqrt(dimension);
        String rows = graph.constant("itemEmbedding", table.rows(), (long) table.items() + 1, table.width());
        String read = graph.node("Gather", List.of(rows, ids));
        ItemTable.Projection projection = table.projection();
        if (projection == null) {
            return graph.node("Mul", List.of(read, graph.constant("embeddingScale", new float[] {scale})));
        }
        float[] scaled = GraphNodes.scaled(projection.read(), 0, projection.read().length, scale);
        return nodes.linear("projection.read", read, scaled, dimension);
    }

    private String answer(String last) {
        ItemTable.Projection projection = weights.table().projection();
        return projection == null
                ? last
                : nodes.linear(
                        "projection.answer",
                        last,
                        projection.answer(),
                        weights.table().width());
    }

    private String block(int index, String x, MixingGraph mixing) {
        TransformerWeights.Block block = weights.blocks().get(index);
        String prefix = "block" + index;
        int in = rowsBefore(index);
        int out = index + 1 == weights.blocks().size() ? 1 : rowsBefore(index + 1);
        String mixed = mixing.mix(prefix, block.mixing(), nodes.norm(prefix + ".norm1", x, block.norm1()), in, out);
        String attended = nodes.add(nodes.lastRows(prefix + ".kept", x, in, out), mixed);
        return nodes.add(attended, feedForward(prefix, attended, block));
    }

    private String feedForward(String prefix, String x, TransformerWeights.Block block) {
        String normed = nodes.norm(prefix + ".norm2", x, block.norm2());
        String wide = nodes.linear(prefix + ".ffn1", normed, block.feedForwardIn());
        return nodes.linear(prefix + ".ffn2", graph.node("Gelu", List.of(wide)), block.feedForwardOut());
    }

    /** [1, k]: the votes of the newest items, weighted by age. */
    private String votes(LinearTerm linear, String ids, int length) {
        int voters = Math.min(linear.ages().length, length);
        float[] oldestFirst = new float[voters];
        for (int age = 0; age < voters; age++) {
            oldestFirst[voters - 1 - age] = linear.ages()[age];
        }
        String table = graph.constant("votes", linear.votes(), (long) weights.items() + 1, linear.width());
        String rows = graph.node("Gather", List.of(table, nodes.lastRows("voters", ids, length, voters)));
        return graph.node("MatMul", List.of(graph.constant("ages", oldestFirst, 1, voters), rows));
    }
}
