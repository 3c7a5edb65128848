package dev.millrace.models.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxNode;
import dev.millrace.models.onnx.OnnxReader;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.onnx.TensorPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

class ScorerGraphTest {
    private static final List<TensorPort> INPUTS = List.of(
            TensorPort.of("user", ElementType.FLOAT, Dimension.of(1), Dimension.of(8)),
            TensorPort.of("itemTable", ElementType.FLOAT, Dimension.named("slots"), Dimension.of(8)),
            TensorPort.of("candidates", ElementType.INT64, Dimension.named("N")));

    @TempDir
    private Path directory;

    @Test
    void gathering_ofTheDotProduct_readsTheTableByTheCandidates() throws IOException {
        OnnxGraph scorer = ScorerGraph.dotProduct(8);
        OnnxGraph graph = ScorerGraph.gathering(scorer, 8, 8);
        assertEquals(INPUTS, graph.inputs());
        assertEquals(scorer.outputs(), graph.outputs());
        assertEquals(
                new OnnxNode("Gather", List.of("itemTable", "candidates"), List.of("items"), List.of()),
                graph.nodes().getFirst());
        assertEquals(scorer.nodes(), graph.nodes().subList(1, graph.nodes().size()));
        Path file = directory.resolve("gathering.onnx");
        OnnxWriter.write(graph, file);
        assertEquals(graph.nodes(), OnnxReader.read(file).nodes());
        assertEquals(graph.inputs(), OnnxReader.read(file).inputs());
    }

    @Test
    void gathering_fromSlotsThatAreWiderThanRows_cutsTheRowsOut() {
        OnnxGraph graph = ScorerGraph.gathering(ScorerGraph.dotProduct(5), 5, 16);
        assertEquals(
                List.of("Gather", "Slice", "Gemm"),
                graph.nodes().subList(0, 3).stream().map(OnnxNode::operator).toList());
        assertEquals(List.of("items"), graph.nodes().get(1).outputs());
        assertTrue(graph.inputs()
                .contains(TensorPort.of("itemTable", ElementType.FLOAT, Dimension.named("slots"), Dimension.of(16))));
    }

    @Test
    void gathering_ofAGraphWithoutItems_isRefusedWithTheReason() {
        OnnxGraph gathering = ScorerGraph.gathering(ScorerGraph.dotProduct(8), 8, 8);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> ScorerGraph.gathering(gathering, 8, 8));
        assertTrue(refused.getMessage().contains("has no input 'items'"), refused.getMessage());
    }
}
