package dev.millrace.training.ranking;

import dev.millrace.models.graph.MultiTaskWeights.Scale;

/**
 * Brings numbers of any size to one: {@code (log(1 + x) − mean) / deviation}, each as the examples it was fitted to have them, and
 * none further from 0 than {@link Scale#LARGEST}. Immutable.
 *
 * <p>Counts span magnitudes; a rate is a difference of logarithms, which a linear layer finds by itself. A number that did not vary
 * while learning, such as the hour of a log of minutes, says nothing: whatever comes later, it stays near 0.
 */
@SuppressWarnings("ArrayRecordComponent") // read by index; never compared
public record NumberScale(float[] means, float[] deviations) {
    private static final double LEAST_DEVIATION = 1e-3;
    private static final float SAYS_NOTHING = 1e6f;

    /** @param rows how many of the first examples count */
    static NumberScale fit(RankingExamples examples, int rows) {
        int width = examples.width();
        float[] means = new float[width];
        float[] deviations = new float[width];
        for (int f = 0; f < width; f++) {
            double sum = 0;
            double squares = 0;
            for (int row = 0; row < rows; row++) {
                double value = Math.log1p(Math.max(0, examples.number(row, f)));
                sum += value;
                squares += value * value;
            }
            double mean = sum / Math.max(1, rows);
            means[f] = (float) mean;
            double deviation = Math.sqrt(Math.max(0, squares / Math.max(1, rows) - mean * mean));
            deviations[f] = deviation < LEAST_DEVIATION ? SAYS_NOTHING : (float) deviation;
        }
        return new NumberScale(means, deviations);
    }

    void write(RankingExamples examples, int row, float[] into, int at) {
        for (int f = 0; f < means.length; f++) {
            double value = Math.log1p(Math.max(0, examples.number(row, f)));
            double scaled = (value - means[f]) / deviations[f];
            into[at + f] = (float) Math.clamp(scaled, -Scale.LARGEST, Scale.LARGEST);
        }
    }
}
