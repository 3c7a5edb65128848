package dev.millrace.evaluation.rankers;

import dev.millrace.model.ItemId;
import dev.millrace.models.RidgeBundle;
import dev.millrace.models.Vocabulary;
import dev.millrace.training.ridge.RidgeVotes;
import dev.millrace.training.ridge.SequentialRidge;

import java.util.Arrays;
import java.util.List;

/** The sequential ridge as it proposes candidates: by the strongest votes of the newest items alone. Immutable. */
public final class RidgeSourceRanker implements Ranker {
    private final RidgeBundle.Votes votes;

    public RidgeSourceRanker(int[][] sequences, List<ItemId> vocabulary) {
        try (SequentialRidge ridge = SequentialRidge.fit(sequences, vocabulary.size())) {
            votes = RidgeVotes.of(ridge, new Vocabulary(vocabulary), RidgeVotes.PER_ITEM);
        }
    }

    @Override
    public String name() {
        return "ridge-source";
    }

    @Override
    public void score(int[] history, int count, float[] scores) {
        Arrays.fill(scores, 0, votes.vocabulary().size(), 0);
        float weight = 1;
        for (int age = 0; age < Math.min(votes.reach(), count); age++) {
            int from = history[count - 1 - age] * votes.perItem();
            for (int i = from; i < from + votes.perItem() && votes.targets()[i] >= 0; i++) {
                scores[votes.targets()[i]] += weight * votes.strengths()[i];
            }
            weight *= (float) votes.decay();
        }
    }
}
