package dev.millrace.training.online;

/** How much better or worse one prediction was than another, slate by slate, of late. Owned by the learner. */
final class Comparison {
    /** Slates that count: older ones fade. */
    private static final double WINDOW = 400;

    private static final double LEFT = 1 - 1 / WINDOW;
    private static final double LEAST = 200;

    private double slates;
    private double sum;
    private double squares;

    /** @param difference the loss of the one less that of the other */
    void add(double difference) {
        slates = slates * LEFT + 1;
        sum = sum * LEFT + difference;
        squares = squares * LEFT + difference * difference;
    }

    boolean isTelling() {
        return slates >= LEAST;
    }

    double mean() {
        return slates == 0 ? 0 : sum / slates;
    }

    /** The mean difference in units of its standard error. */
    double score() {
        double variance = slates == 0 ? 0 : squares / slates - mean() * mean();
        return variance <= 0 ? 0 : mean() / Math.sqrt(variance / slates);
    }
}
