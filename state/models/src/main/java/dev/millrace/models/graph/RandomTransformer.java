package dev.millrace.models.graph;

import dev.millrace.models.graph.TransformerWeights.Block;
import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Norm;
import dev.millrace.models.graph.TransformerWeights.Shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Untrained weights of the real shape, the same for the same seed: what training starts from and benchmarks run on. */
public final class RandomTransformer {
    private static final double EMBEDDING_DEVIATION = 0.06; // as recipe A starts
    private static final double WEIGHT_DEVIATION = 0.02;

    private final SplittableRandom random;

    private RandomTransformer(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Sizes of a network: the feed-forward layer is four times as wide as {@code dimension}. */
    public record Sizes(int items, int dimension, int heads, int blocks, int historyLength) {}

    public static TransformerWeights weights(Sizes sizes, long seed) {
        return new RandomTransformer(seed).weights(sizes);
    }

    private TransformerWeights weights(Sizes sizes) {
        int dimension = sizes.dimension();
        float[] embedding = normal((sizes.items() + 1) * dimension, EMBEDDING_DEVIATION);
        Arrays.fill(embedding, 0, dimension, 0);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < sizes.blocks(); i++) {
            Linear qkv = linear(3 * dimension, dimension);
            float[] bias = normal(sizes.heads() * sizes.historyLength(), WEIGHT_DEVIATION);
            blocks.add(new Block(
                    norm(dimension),
                    new Mixing.Attention(sizes.heads(), qkv, bias, linear(dimension, dimension)),
                    norm(dimension),
                    linear(4 * dimension, dimension),
                    linear(dimension, 4 * dimension)));
        }
        Shape shape = new Shape(dimension, sizes.historyLength(), sizes.historyLength());
        return new TransformerWeights(shape, new ItemTable(dimension, embedding, null), blocks, norm(dimension), null);
    }

    private Linear linear(int out, int in) {
        return new Linear(normal(out * in, WEIGHT_DEVIATION), normal(out, WEIGHT_DEVIATION));
    }

    private Norm norm(int dimension) {
        float[] gamma = normal(dimension, WEIGHT_DEVIATION);
        for (int i = 0; i < dimension; i++) {
            gamma[i] += 1;
        }
        return new Norm(gamma, normal(dimension, WEIGHT_DEVIATION));
    }

    private float[] normal(int length, double deviation) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }
}
