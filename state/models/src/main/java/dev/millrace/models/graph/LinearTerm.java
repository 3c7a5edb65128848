package dev.millrace.models.graph;

/**
 * A second, linear opinion that is added to a network's scores: the newest items of the history vote, the older the less.
 *
 * <p>It lengthens the user vector and the item vectors by k elements, so that one dot product gives the sum of both
 * opinions, and nothing that serves them needs to know of it.
 *
 * @param width k
 * @param votes [V + 1, k]: what an item of the history says; row 0 is padding and says nothing. The term's weight in the
 *     sum is part of it
 * @param answers [V, k]: what each item of the catalogue hears
 * @param ages how much an item counts, by its age: the newest first
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record LinearTerm(int width, float[] votes, float[] answers, float[] ages) {
    public LinearTerm {
        if (width < 1 || ages.length < 1) {
            throw new IllegalArgumentException(
                    "a linear term of width " + width + " over " + ages.length + " actions; give at least 1 each");
        }
    }

    void requireItems(int items) {
        TransformerWeights.requireLength("linear.votes", votes, (items + 1) * width);
        TransformerWeights.requireLength("linear.answers", answers, items * width);
    }
}
