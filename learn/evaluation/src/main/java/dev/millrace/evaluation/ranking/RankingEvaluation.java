package dev.millrace.evaluation.ranking;

import dev.millrace.model.ActionType;
import dev.millrace.training.CpuClock;
import dev.millrace.training.ranking.CalibrationMeter;
import dev.millrace.training.ranking.ScoringMeter;
import dev.millrace.training.ranking.ScoringMetrics;

import java.util.ArrayList;
import java.util.List;

/** Measures scorers of impressions on one task. Single-threaded. */
public final class RankingEvaluation {
    private final RankingTask task;
    private final List<ActionType> heads;

    public RankingEvaluation(RankingTask task, List<ActionType> heads) {
        this.task = task;
        this.heads = List.copyOf(heads);
    }

    /** What a scorer reached with one head: over all test impressions, and per user (GAUC). */
    public record Result(
            String scorer,
            ActionType head,
            ScoringMetrics scoring,
            double logLoss,
            double calibrationError,
            double cpuSeconds) {}

    public List<Result> measure(ImpressionScorer scorer) {
        CpuClock clock = new CpuClock(0);
        double[][] probabilities = scorer.probabilities(task, heads);
        double seconds = clock.seconds();
        List<Result> results = new ArrayList<>();
        for (int head = 0; head < heads.size(); head++) {
            results.add(measure(scorer.name(), heads.get(head), probabilities[head], seconds));
        }
        return results;
    }

    private Result measure(String scorer, ActionType head, double[] probabilities, double seconds) {
        ScoringMeter scoring = new ScoringMeter();
        CalibrationMeter calibration = new CalibrationMeter();
        for (int i = 0; i < probabilities.length; i++) {
            int row = task.firstTest() + i;
            boolean happened = task.examples().has(row, head.code());
            scoring.add(task.examples().user(row), (float) probabilities[i], happened);
            calibration.add(probabilities[i], happened);
        }
        return new Result(
                scorer,
                head,
                scoring.metrics(),
                calibration.logLoss(),
                calibration.expectedCalibrationError(),
                seconds);
    }
}
