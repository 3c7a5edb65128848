package dev.millrace.training;

/** The loss smoothed over about the last hundred batches, so that its course can be read. Owned by the training thread. */
final class MeanLoss {
    private static final double SHARE = 0.01;

    private double mean;
    private double weight;

    void add(double loss) {
        mean += SHARE * (loss - mean);
        weight += SHARE * (1 - weight);
    }

    /** NaN before the first batch. */
    double newest() {
        return weight == 0 ? Double.NaN : mean / weight;
    }
}
