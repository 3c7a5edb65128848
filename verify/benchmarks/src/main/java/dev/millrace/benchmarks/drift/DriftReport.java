package dev.millrace.benchmarks.drift;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What the simulations gave.
 *
 * @param options what was simulated, in words
 * @param arms the mean over the seeds, of each arm
 * @param runs each run by itself
 */
public record DriftReport(String options, List<Arm> arms, List<Run> runs) {
    /** Seconds that a point of a series is over. */
    static final int BUCKET_SECONDS = 15;

    public DriftReport {
        arms = List.copyOf(arms);
        runs = List.copyOf(runs);
    }

    /**
     * One way to serve, over all seeds.
     *
     * @param before click rate of the personal answers in the last minute and a half before the drift
     * @param low click rate in the first quarter of a minute after it
     * @param recovered the part of the loss that was regained in each half minute after the drift; null without a loss
     * @param recoveredOfOracle the same of the rates as parts of what the truth's own order got in that time
     * @param whole click rate from the training to the end
     */
    public record Arm(
            String name,
            double before,
            double low,
            @Nullable List<Double> recovered,
            @Nullable List<Double> recoveredOfOracle,
            double whole) {}

    /** One run: the click rates of personal answers and of the truth's own order, by bucket. */
    public record Run(
            String arm, long seed, List<Double> rates, List<Double> oracle, List<Long> impressions, String online) {}
}
