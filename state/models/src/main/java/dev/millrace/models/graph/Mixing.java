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
     * @param qkv [3d, d]: the rows of Q, then K, then V; head h owns rows h·d/heads … (h + 1)·d/heads − 1 of each
     * @param relativeBias [heads, reach]: added to the scaled score of a query at position i and a key at j ≤ i, by
     *     distance i − j; positions at a distance of reach or more are not seen
     * @param out [d, d]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Attention(Linear qkv, float[] relativeBias, Linear out) implements Mixing {
        @Override
        public void requireShape(Shape shape) {
            int d = shape.dimension();
            qkv.requireShape("qkv", 3 * d, d);
            TransformerWeights.requireLength("relativeBias", relativeBias, shape.heads() * shape.reach());
            out.requireShape("attentionOut", d, d);
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
