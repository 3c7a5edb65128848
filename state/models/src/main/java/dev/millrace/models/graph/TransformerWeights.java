package dev.millrace.models.graph;

import java.util.List;

/**
 * The trained numbers of a causal transformer over item histories.
 *
 * <p>d = {@code dimension}, L = {@code historyLength}, V = items of the vocabulary, f = feed-forward width. All arrays
 * are row-major. A linear layer's weight is [out, in], as PyTorch stores it: y = W x + b. Arrays are kept, not copied.
 *
 * @param itemEmbedding [V + 1, d]; row 0 is padding, row k + 1 is item k of the vocabulary. The network multiplies
 *     what it reads by sqrt(d)
 * @param blocks first to last, at least one
 * @param finalNorm applied to the last position after the last block
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record TransformerWeights(
        int dimension, int heads, int historyLength, float[] itemEmbedding, List<Block> blocks, Norm finalNorm) {
    /** The epsilon of every layer norm: PyTorch's default. */
    public static final float NORM_EPSILON = 1e-5f;

    public TransformerWeights {
        blocks = List.copyOf(blocks);
        if (dimension < 1 || heads < 1 || dimension % heads != 0) {
            throw new IllegalArgumentException(
                    "dimension " + dimension + " is not a positive multiple of " + heads + " heads");
        }
        if (historyLength < 1 || blocks.isEmpty()) {
            throw new IllegalArgumentException("give a history length of 1 or more and at least one block");
        }
        if (itemEmbedding.length < 2 * dimension || itemEmbedding.length % dimension != 0) {
            throw new IllegalArgumentException("itemEmbedding has " + itemEmbedding.length
                    + " elements; give V + 1 rows of " + dimension + ", V at least 1");
        }
        for (Block block : blocks) {
            block.requireShapes(dimension, heads, historyLength);
        }
        finalNorm.requireLength("finalNorm", dimension);
    }

    /** V: how many items the model knows, without padding. */
    public int items() {
        return itemEmbedding.length / dimension - 1;
    }

    /**
     * One pre-norm block: x + attention(norm1(x)), then x + feedForward(norm2(x)), where feedForward is linear, exact
     * (erf) GELU, linear.
     *
     * @param qkv [3d, d]: the rows of Q, then K, then V; head h owns rows h·d/heads … (h + 1)·d/heads − 1 of each
     * @param relativeBias [heads, L]: added to the scaled score of a query at position i and a key at j ≤ i, by distance
     *     i − j
     * @param attentionOut [d, d]
     * @param feedForwardIn [f, d]
     * @param feedForwardOut [d, f]
     */
    public record Block(
            Norm norm1,
            Linear qkv,
            float[] relativeBias,
            Linear attentionOut,
            Norm norm2,
            Linear feedForwardIn,
            Linear feedForwardOut) {
        private void requireShapes(int dimension, int heads, int historyLength) {
            norm1.requireLength("norm1", dimension);
            norm2.requireLength("norm2", dimension);
            qkv.requireShape("qkv", 3 * dimension, dimension);
            attentionOut.requireShape("attentionOut", dimension, dimension);
            feedForwardIn.requireShape("feedForwardIn", feedForwardIn.bias().length, dimension);
            feedForwardOut.requireShape("feedForwardOut", dimension, feedForwardIn.bias().length);
            TransformerWeights.requireLength("relativeBias", relativeBias, heads * historyLength);
        }
    }

    /** A layer norm: [d] scales and [d] shifts. */
    public record Norm(float[] gamma, float[] beta) {
        private void requireLength(String name, int dimension) {
            TransformerWeights.requireLength(name + ".gamma", gamma, dimension);
            TransformerWeights.requireLength(name + ".beta", beta, dimension);
        }
    }

    /** A linear layer: weight [out, in] and bias [out]. */
    public record Linear(float[] weight, float[] bias) {
        private void requireShape(String name, int out, int in) {
            TransformerWeights.requireLength(name + ".weight", weight, out * in);
            TransformerWeights.requireLength(name + ".bias", bias, out);
        }
    }

    private static void requireLength(String name, float[] values, int expected) {
        if (values.length != expected) {
            throw new IllegalArgumentException(name + " has " + values.length + " elements; expected " + expected);
        }
    }
}
