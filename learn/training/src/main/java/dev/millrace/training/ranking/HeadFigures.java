package dev.millrace.training.ranking;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a ranker's heads foretell impressions that it has not learnt from. Immutable.
 *
 * @param heads one per head that had both outcomes, in the order of the heads
 */
public record HeadFigures(List<Head> heads) {
    public HeadFigures {
        heads = List.copyOf(heads);
    }

    /**
     * One head's figures.
     *
     * @param positives impressions that its action followed
     * @param logLoss in nats
     */
    public record Head(String name, int positives, ScoringMetrics scoring, double logLoss, double calibrationError) {}

    /**
     * @param probabilities by head and row
     * @param names the heads
     * @param codes the action of each head
     * @param from the first row
     */
    static HeadFigures of(
            double[][] probabilities, List<String> names, List<Byte> codes, RankingExamples examples, int from) {
        List<Head> heads = new ArrayList<>();
        for (int head = 0; head < names.size(); head++) {
            ScoringMeter scoring = new ScoringMeter();
            CalibrationMeter calibration = new CalibrationMeter();
            int positives = 0;
            for (int i = 0; i < probabilities[head].length; i++) {
                boolean happened = examples.has(from + i, codes.get(head));
                positives += happened ? 1 : 0;
                scoring.add(examples.user(from + i), (float) probabilities[head][i], happened);
                calibration.add(probabilities[head][i], happened);
            }
            ScoringMetrics metrics = scoring.metrics();
            if (!Double.isNaN(metrics.auc())) {
                heads.add(new Head(
                        names.get(head),
                        positives,
                        metrics,
                        calibration.logLoss(),
                        calibration.expectedCalibrationError()));
            }
        }
        return new HeadFigures(heads);
    }

    /** As a bundle's manifest keeps them: {@code auc.click}, {@code logLoss.click} and so on. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (Head head : heads) {
            metrics.put("auc." + head.name(), head.scoring().auc());
            metrics.put("gauc." + head.name(), head.scoring().gauc());
            metrics.put("logLoss." + head.name(), head.logLoss());
            metrics.put("ece." + head.name(), head.calibrationError());
        }
        return metrics;
    }
}
