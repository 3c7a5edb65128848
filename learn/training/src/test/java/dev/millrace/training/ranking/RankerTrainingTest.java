package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RankerTrainingTest {
    private static final int LEARNT = 4_000;
    private static final int ALL = 5_000;

    /** A click follows where the item's kind is that of the user's history; no number and no id tells it. */
    @Test
    void ranker_ofTasteThatOnlyHistoriesTell_learnsIt() {
        RankingExamples examples = RankingWorld.examples(11, ALL);

        TrainedRanker ranker = RankerTraining.run(examples, LEARNT, RankingWorld.CONFIG, 0.2);
        double[] clicks = ranker.probabilities(examples, LEARNT, ALL)[0];

        double liked = 0;
        double other = 0;
        int likedCount = 0;
        int otherCount = 0;
        for (int i = 0; i < clicks.length; i++) {
            if (examples.history(LEARNT + i).length == 0) {
                continue;
            }
            boolean same = isLiked(examples, LEARNT + i);
            liked += same ? clicks[i] : 0;
            other += same ? 0 : clicks[i];
            likedCount += same ? 1 : 0;
            otherCount += same ? 0 : 1;
        }
        liked /= likedCount;
        other /= otherCount;
        // The world's truth is 0.7 and 0.1.
        assertTrue(liked > 0.55 && liked < 0.8, "liked " + liked);
        assertTrue(other > 0.05 && other < 0.25, "other " + other);
    }

    /** What one network says and another does not is learnt from nothing but the order of the examples. */
    @Test
    void rankers_ofOtherSeeds_foretellAlike() {
        RankingExamples examples = RankingWorld.examples(11, ALL);
        double[][] clicks = new double[4][];
        for (int seed = 0; seed < clicks.length; seed++) {
            clicks[seed] = RankerTraining.run(examples, LEARNT, RankingWorld.CONFIG.withSeed(seed), 0.2)
                    .probabilities(examples, LEARNT, ALL)[0];
        }
        double difference = 0;
        for (int seed = 1; seed < clicks.length; seed++) {
            for (int i = 0; i < clicks[0].length; i++) {
                difference += Math.abs(clicks[seed][i] - clicks[0][i]) / clicks[0].length / (clicks.length - 1);
            }
        }
        assertTrue(difference < 0.035, "mean difference " + difference);
    }

    @Test
    void ranker_ofEqualSeeds_isTheSame() {
        RankingExamples examples = RankingWorld.examples(11, ALL);

        assertArrayEquals(
                RankerTraining.run(examples, 1_000, RankingWorld.CONFIG, 0.2).weights(),
                RankerTraining.run(examples, 1_000, RankingWorld.CONFIG, 0.2).weights());
    }

    @Test
    void score_ofACandidate_doesNotDependOnThoseBesideIt() {
        RankingExamples examples = RankingWorld.examples(11, ALL);
        TrainedRanker ranker = RankerTraining.run(examples, 1_000, RankingWorld.CONFIG, 0.2);

        double together = ranker.logits(examples, 1_000, 1_100)[0][50];
        double alone = ranker.logits(examples, 1_050, 1_051)[0][0];

        assertEquals(together, alone, 1e-5);
    }

    @Test
    void examples_tooFewToLearnFrom_areRefused() {
        RankingExamples examples = RankingWorld.examples(11, ALL);

        assertThrows(IllegalArgumentException.class, () -> RankerTraining.run(examples, 100, RankingWorld.CONFIG, 0.5));
    }

    private static boolean isLiked(RankingExamples examples, int row) {
        int[] item = examples.itemBag(examples.item(row));
        int[] met = examples.itemBag(examples.history(row)[0]);
        return item[1] == met[1];
    }
}
