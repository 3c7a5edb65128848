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

    /** How good probabilities are: over all test impressions, and per user (GAUC). */
    public record Figures(ScoringMetrics scoring, double logLoss, double calibrationError) {}

    /**
     * What a scorer reached with one head.
     *
     * @param alone by its own probabilities
     * @param followed by those, as a server corrects them while it learns online
     */
    public record Result(String scorer, ActionType head, Figures alone, Figures followed, double cpuSeconds) {}

    public List<Result> measure(ImpressionScorer scorer) {
        CpuClock clock = new CpuClock(0);
        double[][] probabilities = scorer.probabilities(task, heads);
        double seconds = clock.seconds();
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            ActionType head = heads.get(i);
            results.add(new Result(
                    scorer.name(),
                    head,
                    figures(head, probabilities[i]),
                    figures(head, FollowedProbabilities.of(task, head, probabilities[i])),
                    seconds));
        }
        return results;
    }

    private Figures figures(ActionType head, double[] probabilities) {
        ScoringMeter scoring = new ScoringMeter();
        CalibrationMeter calibration = new CalibrationMeter();
        for (int i = 0; i < probabilities.length; i++) {
            int row = task.firstTest() + i;
            boolean happened = task.examples().has(row, head.code());
            scoring.add(task.examples().user(row), (float) probabilities[i], happened);
            calibration.add(probabilities[i], happened);
        }
        return new Figures(scoring.metrics(), calibration.logLoss(), calibration.expectedCalibrationError());
    }
}
