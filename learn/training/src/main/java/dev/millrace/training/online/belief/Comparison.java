package dev.millrace.training.online.belief;

/** How much better or worse one prediction was than another, loss by loss, of late. Owned by the learner. */
public final class Comparison {
    private final double left;
    private final double least;
    private double count;
    private double sum;
    private double squares;

    /** @param window so many losses count: older ones fade; half of them tell something */
    public Comparison(double window) {
        left = 1 - 1 / window;
        least = window / 2;
    }

    /** @param difference the loss of the one less that of the other */
    public void add(double difference) {
        count = count * left + 1;
        sum = sum * left + difference;
        squares = squares * left + difference * difference;
    }

    public boolean isTelling() {
        return count >= least;
    }

    public double mean() {
        return count == 0 ? 0 : sum / count;
    }

    /** The mean difference in units of its standard error. */
    public double score() {
        double variance = count == 0 ? 0 : squares / count - mean() * mean();
        return variance <= 0 ? 0 : mean() / Math.sqrt(variance / count);
    }
}
