package dev.millrace.training.online.belief;

import dev.millrace.kernels.VectorMath;

/** What is believed of a vector that drifts, with one variance for all directions. Owned by the learner. */
public final class VectorBelief {
    private final float[] mean;
    private double variance;
    private long millis;

    public VectorBelief(float[] mean, double variance, long millis) {
        this.mean = mean;
        this.variance = variance;
        this.millis = millis;
    }

    /** Shared: it changes with each step. */
    public float[] mean() {
        return mean;
    }

    /** As {@link Belief#forget}. */
    public void forget(long nowMillis, double prior, double lifeMillis) {
        if (nowMillis > millis) {
            double left = Math.exp(-(nowMillis - millis) / lifeMillis);
            VectorMath.scale((float) left, mean, mean.length);
            variance = left * left * variance + (1 - left * left) * prior;
            millis = nowMillis;
        }
    }

    /**
     * Learns from one observation of the product with a direction.
     *
     * @param gradient of the loss with respect to that product
     * @param curvature the second derivative with respect to it
     * @param directions how many directions observations are spread over: each tells so much less of the others
     * @param mostNorm how long the vector may become
     */
    public void step(float[] direction, double gradient, double curvature, int directions, double mostNorm) {
        double squares = VectorMath.dot(direction, direction, mean.length);
        if (squares == 0) {
            return;
        }
        variance = 1 / (1 / variance + curvature / directions);
        double move = Math.clamp(-variance * gradient, -MOST_MOVE, MOST_MOVE);
        VectorMath.axpy((float) (move / squares), direction, mean, mean.length);
        float norm = VectorMath.norm(mean, 0, mean.length);
        if (norm > mostNorm) {
            VectorMath.scale((float) (mostNorm / norm), mean, mean.length);
        }
    }

    /** How far one observation may move the product. */
    private static final double MOST_MOVE = 0.3;
}
