package dev.millrace.training.ranking;

import java.util.Arrays;

/**
 * Compares probabilities with what happened. Owned by one thread.
 *
 * <p>The expected calibration error is the mean distance, over bins of equally many probabilities, between their mean and the
 * share that happened (Guo et al. 2017, with equal mass); the log loss is in nats.
 */
public final class CalibrationMeter {
    private static final int BINS = 20;
    private static final double LEAST = 1e-12;

    private double[] probabilities = new double[1024];
    private boolean[] happened = new boolean[1024];
    private int count;

    public void add(double probability, boolean didHappen) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability is " + probability + "; expected 0 to 1");
        }
        if (count == probabilities.length) {
            probabilities = Arrays.copyOf(probabilities, count * 2);
            happened = Arrays.copyOf(happened, count * 2);
        }
        probabilities[count] = probability;
        happened[count++] = didHappen;
    }

    /** NaN where nothing was added. */
    public double logLoss() {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double given = happened[i] ? probabilities[i] : 1 - probabilities[i];
            sum -= Math.log(Math.max(LEAST, given));
        }
        return sum / count;
    }

    /** NaN where nothing was added. */
    public double expectedCalibrationError() {
        Integer[] order = new Integer[count];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(probabilities[a], probabilities[b]));
        double distance = 0;
        for (int bin = 0; bin < BINS; bin++) {
            int from = (int) ((long) bin * count / BINS);
            int to = (int) ((long) (bin + 1) * count / BINS);
            double promised = 0;
            int met = 0;
            for (int i = from; i < to; i++) {
                promised += probabilities[order[i]];
                met += happened[order[i]] ? 1 : 0;
            }
            distance += Math.abs(promised - met);
        }
        return count == 0 ? Double.NaN : distance / count;
    }
}
