package dev.millrace.training.online.belief;

/**
 * What is believed of one number that drifts: its mean and how uncertain it is. Owned by the learner.
 *
 * <p>Idea: a Kalman filter of one dimension for a logistic observation. The number wanders around zero, the trained
 * model's opinion, and returns to it with time ({@link #forget}); each observation moves the mean by its gradient times
 * the variance, and makes the variance smaller ({@link #step}). So the learning rate is large where little was seen,
 * falls as 1/n, and never below what the drift needs.
 */
public final class Belief {
    private double mean;
    private double variance;
    private long millis;

    public Belief(double mean, double variance, long millis) {
        this.mean = mean;
        this.variance = variance;
        this.millis = millis;
    }

    public double mean() {
        return mean;
    }

    public double variance() {
        return variance;
    }

    /** Time passes: the mean goes back to zero, and the variance to the prior, within the life. */
    public void forget(long nowMillis, double prior, double lifeMillis) {
        if (nowMillis > millis) {
            double left = Math.exp(-(nowMillis - millis) / lifeMillis);
            mean *= left;
            variance = left * left * variance + (1 - left * left) * prior;
            millis = nowMillis;
        }
    }

    /**
     * Learns from one observation.
     *
     * @param gradient of the loss
     * @param curvature the second derivative of the loss
     * @param floor the least variance, and with it the least learning rate
     * @param most how far one observation may move the mean, and the mean may lie from zero
     */
    public void step(double gradient, double curvature, double floor, Bound most) {
        variance = Math.max(floor, 1 / (1 / variance + curvature));
        mean += Math.clamp(-variance * gradient, -most.step(), most.step());
        mean = Math.clamp(mean, -most.mean(), most.mean());
    }

    /** How far an observation may move a mean, and how far that may lie from zero. */
    public record Bound(double step, double mean) {}
}
