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
            switch (block.mixing()) {
                case Mixing.Attention attention -> {
                    scale(attention.qkv().weight(), 15);
                    scale(attention.relativeBias(), 30);
                    scale(attention.out().weight(), 8);
                }
                case Mixing.Convolution convolution -> {
                    scale(convolution.in().weight(), 15);
                    scale(convolution.kernel(), 15);
                    scale(convolution.out().weight(), 8);
                }
            }
            scale(block.feedForwardIn().weight(), 8);
            scale(block.feedForwardOut().weight(), 8);
        }
        return weights;
    }

    /** The same sizes with everything that a student and a teacher may have beside: a reach, short item vectors, a ridge. */
    private static TransformerWeights extended(Sizes sizes, int reach, boolean convolution, int itemWidth, int ridge) {
        TransformerWeights plain = RandomTransformer.weights(sizes, 42);
        SplittableRandom random = new SplittableRandom(43);
        int d = sizes.dimension();
        List<TransformerWeights.Block> blocks = plain.blocks().stream()
                .map(block -> new TransformerWeights.Block(
                        block.norm1(),
                        mixing((Mixing.Attention) block.mixing(), d, sizes.heads(), reach, convolution, random),
                        block.norm2(),
                        block.feedForwardIn(),
                        block.feedForwardOut()))
                .toList();
        ItemTable.Projection projection = itemWidth == d
                ? null
                : new ItemTable.Projection(normal(random, d * itemWidth, 0.3), normal(random, itemWidth * d, 0.3));
        LinearTerm linear = ridge == 0
                ? null
                : new LinearTerm(
                        ridge,
                        padded(normal(random, sizes.items() * ridge, 1), ridge),
                        normal(random, sizes.items() * ridge, 1),
                        new float[] {1, 0.8f, 0.64f});
        return new TransformerWeights(
                new TransformerWeights.Shape(d, sizes.historyLength(), reach),
                new ItemTable(
                        itemWidth, padded(normal(random, sizes.items() * itemWidth, 0.06), itemWidth), projection),
                blocks,
                plain.finalNorm(),
                linear);
    }

    private static Mixing mixing(
            Mixing.Attention attention, int d, int heads, int reach, boolean convolution, SplittableRandom random) {
        return convolution
                ? new Mixing.Convolution(
                        new TransformerWeights.Linear(normal(random, 2 * d * d, 0.3), normal(random, 2 * d, 0.3)),
                        normal(random, d * reach, 0.3),
                        attention.out())
                : new Mixing.Attention(heads, attention.qkv(), normal(random, heads * reach, 0.6), attention.out());
    }

    private static float[] normal(SplittableRandom random, int length, double deviation) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    private static float[] padded(float[] rows, int width) {
        float[] padded = new float[rows.length + width];
        System.arraycopy(rows, 0, padded, width, rows.length);
        return padded;
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
        assertAgrees(strong(sizes, 42));
    }

    @ParameterizedTest
    @CsvSource({
        "32, 2, 2, 30, 5, false, 32, 0",
        "32, 2, 3, 30, 30, false, 8, 4",
        "24, 2, 2, 40, 8, false, 12, 6",
        "24, 1, 2, 9, 6, false, 24, 3",
        "16, 1, 2, 30, 6, true, 16, 0",
        "16, 1, 3, 10, 8, true, 6, 5",
        "16, 1, 1, 3, 1, true, 16, 2"
    })
    void encoder_withReachShortItemsOrRidge_givesWhatTheDefinitionGives(
            int dimension, int heads, int blocks, int length, int reach, boolean convolution, int itemWidth, int ridge)
            throws Exception {
        assertAgrees(extended(new Sizes(50, dimension, heads, blocks, length), reach, convolution, itemWidth, ridge));
    }

    @ParameterizedTest
    @CsvSource({"32, 1, 8, 20", "16, 3, 4, 24", "24, 2, 6, 9"})
    void encoder_withHeadsTakenOut_givesWhatTheDefinitionGives(int dimension, int heads, int width, int neurons)
            throws Exception {
        TransformerWeights whole = strong(new Sizes(50, dimension, 1, 2, 12), 5);
        SplittableRandom random = new SplittableRandom(6);
        int all = heads * width;
        List<TransformerWeights.Block> blocks = whole.blocks().stream()
                .map(block -> new TransformerWeights.Block(
                        block.norm1(),
                        new Mixing.Attention(
                                heads,
                                linear(random, 3 * all, dimension),
                                normal(random, heads * 12, 0.6),
                                linear(random, dimension, all)),
                        block.norm2(),
                        linear(random, neurons, dimension),
                        linear(random, dimension, neurons)))
                .toList();
        assertAgrees(new TransformerWeights(whole.shape(), whole.table(), blocks, whole.finalNorm(), null));
    }

    private static TransformerWeights.Linear linear(SplittableRandom random, int out, int in) {
        return new TransformerWeights.Linear(normal(random, out * in, 0.3), normal(random, out, 0.3));
    }

    private void assertAgrees(TransformerWeights weights) throws Exception {
        ReferenceTransformer reference = new ReferenceTransformer(weights);
        SplittableRandom random = new SplittableRandom(7);
        int length = weights.shape().historyLength();
        try (Encoder encoder = new Encoder(weights, directory.resolve("encoder.onnx"))) {
            for (int count = 1; count <= length; count += Math.max(1, length / 7)) {
                int[] items = random.ints(count, 0, weights.items()).toArray();
                double[] expected = reference.encode(items);
                float[] user = encoder.encode(items);
                assertEquals(weights.userDimension(), user.length);
                for (int k = 0; k < user.length; k++) {
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
        Mixing.Attention attention = (Mixing.Attention) block.mixing();
        TransformerWeights.Block bad = new TransformerWeights.Block(
                block.norm1(),
                new Mixing.Attention(attention.heads(), attention.qkv(), new float[15], attention.out()),
                block.norm2(),
                block.feedForwardIn(),
                block.feedForwardOut());

        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> new TransformerWeights(good.shape(), good.table(), List.of(bad), good.finalNorm(), null));

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
            this.length = weights.shape().historyLength();
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
