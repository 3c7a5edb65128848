package dev.millrace.models.graph;

import dev.millrace.models.graph.TransformerWeights.Linear;

import java.util.List;

/**
 * The trained numbers of a ranker with several heads, but for its tables of items and users.
 *
 * <p>d = the length of an item's and a user's vector, L = the items of a history, F = numbers of a candidate, H = heads. Arrays
 * are kept, not copied.
 *
 * @param dimension d
 * @param recency [L]: what is added to the attention of each place of the history, the newest last
 * @param layers the shared layers, first to last, each followed by GELU; the first reads F + 5 d
 * @param heads to H logits
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record MultiTaskWeights(int dimension, float[] recency, Scale scale, List<Linear> layers, Linear heads) {
    /**
     * How numbers are brought to one size: {@code (log(1 + x) − mean) / deviation}, within ±{@link #LARGEST}.
     *
     * @param means [F]
     * @param deviations [F]
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Scale(float[] means, float[] deviations) {
        /** A number far from all that was met while learning counts as one at its edge. */
        public static final float LARGEST = 5;

        public Scale {
            TransformerWeights.requireLength("deviations", deviations, means.length);
        }
    }

    public MultiTaskWeights {
        layers = List.copyOf(layers);
        if (layers.isEmpty() || recency.length < 1 || dimension < 1) {
            throw new IllegalArgumentException("give at least one layer, one place of history and one dimension");
        }
        int width = scale.means().length + 5 * dimension;
        for (Linear layer : layers) {
            layer.requireShape("layer", layer.bias().length, width);
            width = layer.bias().length;
        }
        heads.requireShape("heads", heads.bias().length, width);
    }

    /** L. */
    public int history() {
        return recency.length;
    }

    /** F. */
    public int numbers() {
        return scale.means().length;
    }

    /** H. */
    public int headCount() {
        return heads.bias().length;
    }
}
