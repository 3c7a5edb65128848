package dev.millrace.inference;

import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Small bundles for tests: a mean of item rows whose answer is plain to compute, and the transformer. */
final class TestModels {
    static final int ITEMS = 30;
    static final int DIMENSION = 4;
    static final int LENGTH = 3;
    private static final BundleContent.Evidence NONE = new BundleContent.Evidence(Map.of(), Map.of(), List.of());

    private TestModels() {}

    static float[] rows() {
        SplittableRandom random = new SplittableRandom(5);
        float[] rows = new float[ITEMS * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    /** The sum of the rows of the history's items; padding has a row of zeros. */
    static OnnxGraph sumEncoder(String input, String output, int dimension) {
        float[] table = new float[(ITEMS + 1) * dimension];
        System.arraycopy(rows(), 0, table, dimension, Math.min(ITEMS * dimension, ITEMS * DIMENSION));
        OnnxGraphBuilder graph = new OnnxGraphBuilder("sum");
        String history = graph.input(input, ElementType.INT64, Dimension.of(1), Dimension.of(LENGTH));
        String gathered = graph.node("Gather", List.of(graph.constant("table", table, ITEMS + 1, dimension), history));
        String sum = graph.node(
                "ReduceSum", List.of(gathered, graph.constant("axes", new long[] {1}, 1)), Attribute.of("keepdims", 0));
        graph.output(output, sum, ElementType.FLOAT, Dimension.of(1), Dimension.of(dimension));
        return graph.build();
    }

    /** The same sum, plus nothing that took so many large products to compute. */
    static OnnxGraph slowEncoder(int products) {
        int width = 512;
        float[] table = new float[(ITEMS + 1) * DIMENSION];
        System.arraycopy(rows(), 0, table, DIMENSION, ITEMS * DIMENSION);
        OnnxGraphBuilder graph = new OnnxGraphBuilder("slow");
        String history = graph.input("history", ElementType.INT64, Dimension.of(1), Dimension.of(LENGTH));
        String gathered = graph.node("Gather", List.of(graph.constant("table", table, ITEMS + 1, DIMENSION), history));
        String sum = graph.node(
                "ReduceSum", List.of(gathered, graph.constant("axes", new long[] {1}, 1)), Attribute.of("keepdims", 0));
        String wide = graph.node(
                "MatMul", List.of(sum, graph.constant("widen", new float[DIMENSION * width], DIMENSION, width)));
        String x = graph.node("Expand", List.of(wide, graph.constant("square", new long[] {width, width}, 2)));
        String matrix = graph.constant("matrix", new float[width * width], width, width);
        for (int i = 0; i < products; i++) {
            x = graph.node("MatMul", List.of(x, matrix));
        }
        String mean = graph.node("ReduceMean", List.of(x, graph.constant("rows", new long[] {0}, 1)));
        String narrow = graph.node(
                "MatMul", List.of(mean, graph.constant("narrow", new float[width * DIMENSION], width, DIMENSION)));
        String user = graph.node("Add", List.of(sum, narrow));
        graph.output("user", user, ElementType.FLOAT, Dimension.of(1), Dimension.of(DIMENSION));
        return graph.build();
    }

    static Bundle bundle(Path directory, OnnxGraph encoder, OnnxGraph scorer) throws IOException {
        return BundleWriter.write(
                directory,
                new BundleContent(
                        "sum",
                        Instant.EPOCH,
                        LENGTH,
                        vocabulary(ITEMS),
                        ItemVectors.of(rows(), DIMENSION),
                        new BundleContent.Graphs(encoder, scorer),
                        NONE));
    }

    static Bundle sum(Path directory) throws IOException {
        return bundle(directory, sumEncoder("history", "user", DIMENSION), ScorerGraph.dotProduct(DIMENSION));
    }

    static Bundle transformer(Path directory, Sizes sizes) throws IOException {
        return BundleWriter.write(
                directory,
                TransformerBundle.of(
                        RandomTransformer.weights(sizes, 17), vocabulary(sizes.items()), Instant.EPOCH, NONE));
    }

    private static Vocabulary vocabulary(int items) {
        return new Vocabulary(
                IntStream.range(0, items).mapToObj(i -> new ItemId("i" + i)).toList());
    }
}
