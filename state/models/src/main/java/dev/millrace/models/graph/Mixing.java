package dev.millrace.models.graph;

import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Shape;

/** How a block looks from one position to those before it. */
public sealed interface Mixing {
    /** Refuses arrays whose length does not fit the shape, by name. */
    void requireShape(Shape shape);

    /**
     * Attention with a learned bias per head and distance.
     *
     * <p>a = the length of all heads together; d where none was pruned.
     *
     * @param heads how many there are; divides a
     * @param qkv [3a, d]: the rows of Q, then K, then V; head h owns rows h·a/heads … (h + 1)·a/heads − 1 of each
     * @param relativeBias [heads, reach]: added to the scaled score of a query at position i and a key at j ≤ i, by
     *     distance i − j; positions at a distance of reach or more are not seen
     * @param out [d, a]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Attention(int heads, Linear qkv, float[] relativeBias, Linear out) implements Mixing {
        @Override
        public void requireShape(Shape shape) {
            int d = shape.dimension();
            if (heads < 1 || width() < 1 || width() % heads != 0) {
                throw new IllegalArgumentException(
                        "attention of width " + width() + " is not a positive multiple of " + heads + " heads");
            }
            qkv.requireShape("qkv", 3 * width(), d);
            TransformerWeights.requireLength("relativeBias", relativeBias, heads * shape.reach());
            out.requireShape("attentionOut", d, width());
        }

        /** a: the length of all heads together. */
        public int width() {
            return qkv.bias().length / 3;
        }
    }

    /**
     * A gated causal convolution, channel by channel: {@code out(conv(value) · sigmoid(gate))}.
     *
     * @param in [2d, d]: the rows of the value, then those of the gate
     * @param kernel [d, reach]: the weight of the value at each distance, 0 first
     * @param out [d, d]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Convolution(Linear in, float[] kernel, Linear out) implements Mixing {
        @Override
        public void requireShape(Shape shape) {
            int d = shape.dimension();
            in.requireShape("convolutionIn", 2 * d, d);
            TransformerWeights.requireLength("kernel", kernel, d * shape.reach());
            out.requireShape("convolutionOut", d, d);
        }
    }
}
