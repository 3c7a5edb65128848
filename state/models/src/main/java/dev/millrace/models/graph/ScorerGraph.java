package dev.millrace.models.graph;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;

import java.util.List;

/** The scorer of candidates: the dot product of the user vector and each candidate's row, as an ONNX graph. */
public final class ScorerGraph {
    /** The name of the user input: float [1, d]. */
    public static final String USER = "user";

    /** The name of the candidates' input: float [N, d]. */
    public static final String ITEMS = "items";

    /** The name of the output: float [N]. */
    public static final String SCORES = "scores";

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
}
