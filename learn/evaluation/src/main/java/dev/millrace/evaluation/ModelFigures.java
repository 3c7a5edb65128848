package dev.millrace.evaluation;

import dev.millrace.evaluation.speed.RequestTime;
import dev.millrace.models.Bundle;

import java.util.Map;

/**
 * What one model of a comparison reached and costs.
 *
 * @param parameters every learnt number that serving keeps
 * @param validationNdcg10 on the actions by which its weights were chosen
 * @param lineage what its bundle says of its origin
 */
public record ModelFigures(
        String name,
        RankingMetrics ranking,
        double validationNdcg10,
        long parameters,
        RequestTime time,
        TrainingRate rate,
        Map<String, String> lineage) {
    static ModelFigures of(String name, Bundle bundle, RankingMetrics ranking, RequestTime time, TrainingRate rate) {
        Map<String, Double> metrics = bundle.manifest().facts().metrics();
        return new ModelFigures(
                name,
                ranking,
                metrics.getOrDefault("ndcg10", Double.NaN),
                Math.round(metrics.getOrDefault("parameters", 0.0)),
                time,
                rate,
                bundle.manifest().facts().lineage());
    }
}
