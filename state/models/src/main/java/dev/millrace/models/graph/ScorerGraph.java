package dev.millrace.models.graph;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxNode;
import dev.millrace.models.onnx.Tensor;
import dev.millrace.models.onnx.TensorPort;

import java.util.ArrayList;
import java.util.List;

/** The scorer of candidates: the dot product of the user vector and each candidate's row, as an ONNX graph. */
public final class ScorerGraph {
    /** The name of the user input: float [1, d]. */
    public static final String USER = "user";

    /** The name of the candidates' input: float [N, d]. */
    public static final String ITEMS = "items";

    /** The name of the output: float [N]. */
    public static final String SCORES = "scores";

    /** The name of the input of {@link #gathering}: float [slots, pitch], a row of d floats at the beginning of each slot. */
    public static final String ITEM_TABLE = "itemTable";

    /** The name of the other one: int64 [N], the slot of each candidate's row. */
    public static final String CANDIDATES = "candidates";

    private static final String SLOT_ROWS = "slotRows";

    private ScorerGraph() {}

    public static OnnxGraph dotProduct(int dimension) {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("scorer");
        Dimension candidates = Dimension.named("N");
        String user = graph.input(USER, ElementType.FLOAT, Dimension.of(1), Dimension.of(dimension));
        String items = graph.input(ITEMS, ElementType.FLOAT, candidates, Dimension.of(dimension));
        String column = graph.node("Gemm", List.of(items, user), Attribute.of("transB", 1));
        String flat = graph.constant("flat", new long[] {-1}, 1);
        graph.output(SCORES, graph.node("Reshape", List.of(column, flat)), ElementType.FLOAT, candidates);
        return graph.build();
    }

    /**
     * The same scorer, whatever it computes, with its candidates' rows gathered in the graph: in place of {@link #ITEMS} it takes
     * the table that they lie in and the slots of the candidates.
     *
     * @param pitch how many floats lie between the beginnings of one slot and the next, at least {@code dimension}
     * @throws IllegalArgumentException where the scorer has no input {@link #ITEMS}, or uses one of the names
     */
    public static OnnxGraph gathering(OnnxGraph scorer, int dimension, int pitch) {
        List<TensorPort> inputs = new ArrayList<>(scorer.inputs());
        if (!inputs.removeIf(port -> port.name().equals(ITEMS))) {
            throw new IllegalArgumentException("graph '" + scorer.name() + "' has no input '" + ITEMS + "'");
        }
        inputs.add(TensorPort.of(ITEM_TABLE, ElementType.FLOAT, Dimension.named("slots"), Dimension.of(pitch)));
        inputs.add(TensorPort.of(CANDIDATES, ElementType.INT64, Dimension.named("N")));
        List<Tensor> constants = new ArrayList<>(scorer.constants());
        List<OnnxNode> nodes = new ArrayList<>();
        if (pitch == dimension) {
            nodes.add(gather(ITEMS));
        } else {
            constants.add(Tensor.of("row.start", new long[] {0}, 1));
            constants.add(Tensor.of("row.end", new long[] {dimension}, 1));
            constants.add(Tensor.of("row.axis", new long[] {1}, 1));
            nodes.add(gather(SLOT_ROWS));
            nodes.add(new OnnxNode(
                    "Slice", List.of(SLOT_ROWS, "row.start", "row.end", "row.axis"), List.of(ITEMS), List.of()));
        }
        nodes.addAll(scorer.nodes());
        return new OnnxGraph("gathering-" + scorer.name(), inputs, scorer.outputs(), constants, nodes);
    }

    private static OnnxNode gather(String rows) {
        return new OnnxNode("Gather", List.of(ITEM_TABLE, CANDIDATES), List.of(rows), List.of());
    }
}
