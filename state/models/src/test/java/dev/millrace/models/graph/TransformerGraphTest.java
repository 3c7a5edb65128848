package dev.millrace.models.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.onnx.OnnxWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

class TransformerGraphTest {
    @TempDir
    Path directory;

    /** Weights far larger than training starts with, so that attention is not flat and GELU is not linear. */
    private static TransformerWeights strong(Sizes sizes, long seed) {
        TransformerWeights weights = RandomTransformer.weights(sizes, seed);
        for (TransformerWeights.Block block : weights.blocks()) {
            scale(block.qkv().weight(), 15);
            scale(block.relativeBias(), 30);
            scale(block.attentionOut().weight(), 8);
            scale(block.feedForwardIn().weight(), 8);
            scale(block.feedForwardOut().weight(), 8);
        }
        return weights;
    }

    private static void scale(float[] values, float factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
    }

    @ParameterizedTest
    @CsvSource({"64, 2, 2, 50", "64, 2, 1, 50", "32, 4, 3, 17", "8, 1, 2, 1", "48, 3, 2, 200"})
    void encoder_ofAnyHistory_givesWhatTheDefinitionGives(int dimension, int heads, int blocks, int length)
            throws Exception {
        Sizes sizes = new Sizes(100, dimension, heads, blocks, length);
        TransformerWeights weights = strong(sizes, 42);
        ReferenceTransformer reference = new ReferenceTransformer(weights);
        SplittableRandom random = new SplittableRandom(7);
        try (Encoder encoder = new Encoder(weights, directory.resolve("encoder.onnx"))) {
            for (int count = 1; count <= length; count += Math.max(1, length / 7)) {
                int[] items = random.ints(count, 0, sizes.items()).toArray();
                double[] expected = reference.encode(items);
                float[] user = encoder.encode(items);
                for (int k = 0; k < dimension; k++) {
                    assertEquals(expected[k], user[k], 5e-5, "count " + count + ", component " + k);
                }
            }
        }
    }

    @Test
    void encoder_ofAnotherOrder_givesAnotherVector() throws Exception {
        TransformerWeights weights = strong(new Sizes(10, 16, 2, 2, 8), 3);
        try (Encoder encoder = new Encoder(weights, directory.resolve("encoder.onnx"))) {
            float[] forth = encoder.encode(new int[] {1, 2, 3});
            float[] back = encoder.encode(new int[] {2, 1, 3});
            double distance = 0;
            for (int k = 0; k < 16; k++) {
                distance += Math.abs(forth[k] - back[k]);
            }
            assertTrue(distance > 1e-2, "distance " + distance);
        }
    }

    @Test
    void scorer_ofAnyRows_givesTheirDotProducts() throws Exception {
        Path file = directory.resolve("scorer.onnx");
        OnnxWriter.write(ScorerGraph.dotProduct(3), file);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor user = OnnxTensor.createTensor(environment, new float[][] {{1, 2, 3}});
                OnnxTensor items = OnnxTensor.createTensor(environment, new float[][] {{1, 0, 0}, {0, 1, 1}});
                OrtSession.Result result = session.run(Map.of("user", user, "items", items))) {
            assertArrayEquals(new float[] {1, 5}, (float[]) result.get(0).getValue());
        }
    }

    @Test
    void weights_withAWrongShape_areRefusedByName() {
        TransformerWeights good = RandomTransformer.weights(new Sizes(10, 16, 2, 1, 8), 3);
        TransformerWeights.Block block = good.blocks().getFirst();
        TransformerWeights.Block bad = new TransformerWeights.Block(
                block.norm1(),
                block.qkv(),
                new float[15],
                block.attentionOut(),
                block.norm2(),
                block.feedForwardIn(),
                block.feedForwardOut());

        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> new TransformerWeights(16, 2, 8, good.itemEmbedding(), List.of(bad), good.finalNorm()));

        assertEquals("relativeBias has 15 elements; expected 16", refused.getMessage());
    }

    /** The graph in ONNX Runtime, called the plain way. */
    private static final class Encoder implements AutoCloseable {
        private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
        private final OrtSession session;
        private final int length;

        Encoder(TransformerWeights weights, Path file) throws Exception {
            OnnxWriter.write(TransformerGraph.encoder(weights), file);
            this.session = environment.createSession(file.toString());
            this.length = weights.historyLength();
        }

        float[] encode(int[] items) throws Exception {
            long[][] history = new long[1][length];
            for (int i = 0; i < items.length; i++) {
                history[0][length - items.length + i] = items[i] + 1L;
            }
            try (OnnxTensor input = OnnxTensor.createTensor(environment, history);
                    OrtSession.Result result = session.run(Map.of(TransformerGraph.HISTORY, input))) {
                return ((float[][]) result.get(0).getValue())[0];
            }
        }

        @Override
        public void close() throws OrtException {
            session.close();
        }
    }
}
