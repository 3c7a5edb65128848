package dev.millrace.models.graph;

import org.jspecify.annotations.Nullable;

/**
 * The item vectors of a network: they read the history and score the answer.
 *
 * <p>Where they are shorter than the network is wide, two matrices lead from one to the other; a low rank is what makes
 * the table of a small network small.
 *
 * @param width w, the length of an item vector
 * @param rows [V + 1, w]; row 0 is padding, row k + 1 is item k of the vocabulary
 * @param projection null where the vectors are as long as the network is wide
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record ItemTable(int width, float[] rows, @Nullable Projection projection) {
    public ItemTable {
        if (width < 1 || rows.length < 2 * width || rows.length % width != 0) {
            throw new IllegalArgumentException(
                    "the item table has " + rows.length + " elements; give V + 1 rows of " + width + ", V at least 1");
        }
    }

    /** V: how many items there are, without padding. */
    public int items() {
        return rows.length / width - 1;
    }

    void requireShape(int dimension) {
        if (projection == null) {
            if (width != dimension) {
                throw new IllegalArgumentException("item vectors have " + width + " elements and the network "
                        + dimension + "; give a projection between them");
            }
        } else {
            TransformerWeights.requireLength("projection.read", projection.read(), dimension * width);
            TransformerWeights.requireLength("projection.answer", projection.answer(), width * dimension);
        }
    }

    /**
     * Between item vectors and network, both without a bias.
     *
     * @param read [d, w]: item vector to input
     * @param answer [w, d]: output to user vector
     */
    public record Projection(float[] read, float[] answer) {}
}
