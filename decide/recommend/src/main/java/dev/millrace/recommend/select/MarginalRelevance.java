package dev.millrace.recommend.select;

import dev.millrace.kernels.VectorMath;

/**
 * Chooses an order in which good items come early and like items do not come together (maximal marginal relevance,
 * Carbonell and Goldstein 1998). Reused; owned by one request.
 *
 * <p>Each place takes the item with the greatest {@code λ · value − (1 − λ) · (greatest likeness to one chosen before)},
 * where the values are scaled to [0, 1] over the candidates and likeness is a cosine, at least 0. Each choice updates
 * one number per candidate, so k places among n candidates cost k · n likenesses. λ = 1 is the order of the values.
 */
public final class MarginalRelevance {
    private final float[] scaled;
    private final float[] likeness;
    private final float[] norms;
    private final boolean[] taken;

    public MarginalRelevance(int capacity) {
        scaled = new float[capacity];
        likeness = new float[capacity];
        norms = new float[capacity];
        taken = new boolean[capacity];
    }

    /**
     * Orders candidates, the first {@code places} by marginal relevance and the others as they come.
     *
     * @param values in descending order
     * @param vectors n rows of {@code dimension} floats, or of dimension 0 where nothing is alike
     * @param order receives the n rows in their new order
     */
    public void order(float[] values, float[] vectors, int dimension, int n, int places, float lambda, int[] order) {
        scale(values, n);
        for (int i = 0; i < n; i++) {
            norms[i] = VectorMath.norm(vectors, i * dimension, dimension);
            likeness[i] = 0;
            taken[i] = false;
        }
        int placed = 0;
        while (placed < Math.min(places, n)) {
            int best = best(n, lambda);
            taken[best] = true;
            order[placed++] = best;
            likenTo(best, vectors, dimension, n);
        }
        for (int i = 0; i < n; i++) {
            if (!taken[i]) {
                order[placed++] = i;
            }
        }
    }

    private void scale(float[] values, int n) {
        float greatest = n == 0 ? 0 : values[0];
        float range = n == 0 ? 0 : greatest - values[n - 1];
        for (int i = 0; i < n; i++) {
            scaled[i] = range > 0 ? 1 - (greatest - values[i]) / range : 1;
        }
    }

    private int best(int n, float lambda) {
        int best = -1;
        float bestScore = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            float score = lambda * scaled[i] - (1 - lambda) * likeness[i];
            if (!taken[i] && (best < 0 || score > bestScore)) {
                best = i;
                bestScore = score;
            }
        }
        return best;
    }

    private void likenTo(int chosen, float[] vectors, int dimension, int n) {
        for (int i = 0; i < n; i++) {
            float product = norms[i] * norms[chosen];
            if (!taken[i] && product > 0) {
                float dot = VectorMath.dot(vectors, i * dimension, vectors, chosen * dimension, dimension);
                likeness[i] = Math.max(likeness[i], dot / product);
            }
        }
    }
}
