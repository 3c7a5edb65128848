package dev.millrace.models.compress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.TransformerGraph;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

class StoredWeightsTest {
    private static final long[] HISTORY = {0, 0, 7, 3, 199, 12};
    private static final int DIMENSION = 32;
    private static final OnnxGraph GRAPH =
            TransformerGraph.encoder(RandomTransformer.weights(new Sizes(200, DIMENSION, 2, 2, HISTORY.length), 9));

    @TempDir
    Path folder;

    @Test
    void store_halves_answersAsBeforeAtHalfTheSize() throws Exception {
        compare(StoredPrecision.FP16, 2e-3, 1.8);
    }

    @Test
    void store_bytes_answersNearlyAsBeforeAtAQuarterOfTheSize() throws Exception {
        compare(StoredPrecision.INT8, 0.06, 2.8);
    }

    @Test
    void operators_ofTheEncoder_areItsTableAndItsMatrices() {
        List<String> operators = StoredWeights.operators(GRAPH);
        assertEquals("itemEmbedding", operators.getFirst());
        assertTrue(operators.contains("block1.ffn2.weight"), operators.toString());
        assertTrue(operators.stream().noneMatch(name -> name.endsWith("bias")), operators.toString());
    }

    @Test
    void store_oneOperator_leavesTheOthers() {
        OnnxGraph one = StoredWeights.store(GRAPH, Set.of("block0.ffn1.weight"), StoredPrecision.INT8);
        assertEquals(
                Set.of("block0.ffn1.weight"), difference(StoredWeights.operators(GRAPH), StoredWeights.operators(one)));
    }

    @Test
    void store_unknownOperator_isRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> StoredWeights.store(GRAPH, Set.of("block9.ffn1.weight"), StoredPrecision.INT8));
    }

    private void compare(StoredPrecision precision, double tolerance, double timesSmaller) throws Exception {
        OnnxGraph small = StoredWeights.store(GRAPH, Set.copyOf(StoredWeights.operators(GRAPH)), precision);
        float[] expected = user(GRAPH, "whole");
        float[] actual = user(small, precision.toString());
        for (int i = 0; i < DIMENSION; i++) {
            assertEquals(expected[i], actual[i], tolerance, "element " + i);
        }
        double times = (double) OnnxWriter.sizeBytes(GRAPH) / OnnxWriter.sizeBytes(small);
        assertTrue(times > timesSmaller, times + " times smaller");
    }

    private float[] user(OnnxGraph graph, String name) throws IOException, OrtException {
        Path file = folder.resolve(name + ".onnx");
        OnnxWriter.write(graph, file);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor input =
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(HISTORY), new long[] {1, HISTORY.length});
                OrtSession.Result result = session.run(Map.of(TransformerGraph.HISTORY, input))) {
            float[] user = new float[DIMENSION];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(user);
            return user;
        }
    }

    private static Set<String> difference(List<String> all, List<String> fewer) {
        Set<String> rest = new HashSet<>(all);
        rest.removeAll(fewer);
        return rest;
    }
}
