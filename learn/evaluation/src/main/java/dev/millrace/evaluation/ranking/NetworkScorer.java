package dev.millrace.evaluation.ranking;

import dev.millrace.model.ActionType;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.training.ranking.RankerTraining;
import dev.millrace.training.ranking.RankingExamples;
import dev.millrace.training.ranking.TrainedRanker;

import java.util.List;

/** The ranker that {@link RankerTraining} learns. */
public final class NetworkScorer implements ImpressionScorer {
    private final RankerConfig config;
    private final double validationShare;

    public NetworkScorer(RankerConfig config, double validationShare) {
        this.config = config;
        this.validationShare = validationShare;
    }

    @Override
    public String name() {
        return "ranker";
    }

    @Override
    public double[][] probabilities(RankingTask task, List<ActionType> heads) {
        RankingExamples examples = task.examples();
        TrainedRanker ranker = RankerTraining.run(examples, task.firstTest(), config, validationShare);
        double[][] all = ranker.probabilities(examples, task.firstTest(), task.end());
        double[][] wanted = new double[heads.size()][];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = all[config.heads().indexOf(heads.get(i))];
        }
        return wanted;
    }
}
