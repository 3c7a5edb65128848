package dev.millrace.training.ranking;

/** Area under the curve over all impressions, and its mean over users weighted by their impressions (GAUC). */
public record ScoringMetrics(double auc, double gauc, long impressions) {
    /** There are no impressions. */
    public static final ScoringMetrics NONE = new ScoringMetrics(Double.NaN, Double.NaN, 0);
}
