package dev.millrace.evaluation.ranking;

import dev.millrace.model.ActionType;

import java.util.List;

/** A model that learns from the impressions before a task's test, and says how likely each action is in the test. */
public interface ImpressionScorer {
    String name();

    /** @return by head and test impression, in their order */
    double[][] probabilities(RankingTask task, List<ActionType> heads);

    /** Makes scorers of one kind; found as a service, so that others can be measured without being shipped. */
    interface Opener {
        /** @param validationShare the newest part of what may be learnt from, for what must be chosen */
        ImpressionScorer open(double validationShare);
    }
}
