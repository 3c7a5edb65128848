package dev.millrace.training;

import java.util.Arrays;

/**
 * The place of the right item in a full ranking of the catalogue, and what it is worth.
 *
 * <p>Items of the history are left out of the ranking, the right item never. Of equal scores the lower index comes
 * first, as in a real answer, so that a model that says the same of every item earns nothing by it.
 */
public final class TargetRank {
    private TargetRank() {}

    /**
     * @param scores one row of scores starts at {@code offset}; the seen items' scores are overwritten
     * @return 0 for the first place
     */
    public static int of(float[] scores, int offset, int itemCount, int[] history, int historyCount, int target) {
        float own = scores[offset + target];
        for (int i = 0; i < historyCount; i++) {
            scores[offset + history[i]] = Float.NEGATIVE_INFINITY;
        }
        scores[offset + target] = own;
        if (Float.isNaN(own) || own == Float.NEGATIVE_INFINITY) {
            return itemCount;
        }
        int rank = 0;
        for (int item = 0; item < target; item++) {
            rank += scores[offset + item] >= own ? 1 : 0;
        }
        for (int item = target + 1; item < itemCount; item++) {
            rank += scores[offset + item] > own ? 1 : 0;
        }
        return rank;
    }

    /** The discounted gain of a place: 1 for the first, 0 from {@code depth} on. */
    public static double gain(int rank, int depth) {
        return rank < depth ? 1 / (Math.log(rank + 2) / Math.log(2)) : 0;
    }

    /** The newest actions of a sequence's beginning. */
    static int[] newest(int[] sequence, int end, int limit) {
        return Arrays.copyOfRange(sequence, Math.max(0, end - limit), end);
    }
}
