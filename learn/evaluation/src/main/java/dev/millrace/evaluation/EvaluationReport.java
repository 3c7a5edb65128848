package dev.millrace.evaluation;

import dev.millrace.training.ranking.ScoringMetrics;

import java.util.List;

/** The results of several models under one protocol. */
public record EvaluationReport(String protocol, String dataset, List<Result> results) {
    public EvaluationReport {
        results = List.copyOf(results);
    }

    /**
     * One model's line.
     *
     * @param cpuSeconds processor time of fitting (0 where the model was given) and ranking together
     * @param ranking where the protocol asks for one item per case
     * @param sets where it asks for several
     * @param scoring how well its scores order impressions, over the data's impressions, if it has any
     */
    public record Result(
            String model, RankingMetrics ranking, SetMetrics sets, ScoringMetrics scoring, double cpuSeconds) {}

    /** {@code {"protocol":…,"dataset":…,"results":[{"model":…,"hr10":…,"ndcg10":…},…]}}. */
    public String toJson() {
        return ReportText.json(this);
    }

    /** A table for people. */
    public String toText() {
        return ReportText.table(this);
    }
}
