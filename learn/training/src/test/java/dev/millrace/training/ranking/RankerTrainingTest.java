package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.samples.FeatureRow;
import dev.millrace.samples.ImpressionSample;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Random;

class RankerTrainingTest {
    private static final FeatureSchema SCHEMA = FeatureSchema.standard(FeaturesConfig.defaults());
    private static final int WIDTH = SCHEMA.numeric().size();
    private static final int LEARNT = 4_000;
    private static final int ALL = 5_000;

    private static final RankerConfig CONFIG = new RankerConfig(
            List.of(ActionType.CLICK, ActionType.COMPLAINT),
            8,
            List.of(32, 16),
            5,
            10,
            new RankerConfig.Learning(128, 2e-2, 0, 12, 7));

    /** A click follows where the item's kind is that of the user's history; no number and no id tells it. */
    @Test
    void ranker_ofTasteThatOnlyHistoriesTell_learnsIt() {
        RankingExamples examples = world(11);

        TrainedRanker ranker = RankerTraining.run(examples, LEARNT, CONFIG, 0.2);
        double[] clicks = ranker.probabilities(examples, LEARNT, ALL)[0];

        double liked = 0;
        double other = 0;
        int likedCount = 0;
        for (int i = 0; i < clicks.length; i++) {
            boolean same = isLiked(examples, LEARNT + i);
            liked += same ? clicks[i] : 0;
            other += same ? 0 : clicks[i];
            likedCount += same ? 1 : 0;
        }
        liked /= likedCount;
        other /= clicks.length - likedCount;
        // The world's truth is 0.7 and 0.1.
        assertTrue(liked > 0.55 && liked < 0.8, "liked " + liked);
        assertTrue(other > 0.05 && other < 0.25, "other " + other);
    }

    @Test
    void ranker_ofEqualSeeds_isTheSame() {
        RankingExamples examples = world(11);

        assertArrayEquals(
                RankerTraining.run(examples, 1_000, CONFIG, 0.2).weights(),
                RankerTraining.run(examples, 1_000, CONFIG, 0.2).weights());
    }

    @Test
    void score_ofACandidate_doesNotDependOnThoseBesideIt() {
        RankingExamples examples = world(11);
        TrainedRanker ranker = RankerTraining.run(examples, 1_000, CONFIG, 0.2);

        double together = ranker.logits(examples, 1_000, 1_100)[0][50];
        double alone = ranker.logits(examples, 1_050, 1_051)[0][0];

        assertEquals(together, alone, 1e-5);
    }

    @Test
    void examples_tooFewToLearnFrom_areRefused() {
        RankingExamples examples = world(11);

        assertThrows(IllegalArgumentException.class, () -> RankerTraining.run(examples, 100, CONFIG, 0.5));
    }

    private static boolean isLiked(RankingExamples examples, int row) {
        int[] item = examples.itemBag(examples.item(row));
        int[] met = examples.itemBag(examples.history(row)[0]);
        return item[1] == met[1];
    }

    /** Items of two kinds, and users who have met items of one of them. */
    private static RankingExamples world(long seed) {
        Random random = new Random(seed);
        RankingExamples examples = new RankingExamples(CONFIG, SCHEMA);
        // Every item is shown once first, so that its kind is known.
        for (int i = 0; i < ALL; i++) {
            int item = i < 40 ? i : random.nextInt(40);
            int taste = random.nextInt(2);
            int[] history = new int[3];
            for (int h = 0; h < history.length; h++) {
                history[h] = bucket(random.nextInt(20) * 2 + taste);
            }
            boolean clicked = random.nextDouble() < (item % 2 == taste ? 0.7 : 0.1);
            float[] numeric = new float[WIDTH];
            numeric[0] = random.nextInt(100);
            examples.add(new ImpressionSample(
                    new UserId("u" + i % 500),
                    new ItemId("i" + item),
                    Instant.ofEpochSecond(i),
                    i,
                    new FeatureRow(numeric, bucket(item), i % 500, profile(item % 2), new int[0], history),
                    clicked ? 1 << ActionType.CLICK.code() : 0,
                    null));
        }
        return examples;
    }

    /** Apart from each other in the high bits, which say the table's row. */
    private static int bucket(int item) {
        return item << 10;
    }

    private static int[] profile(int kind) {
        return new int[] {kind << 7};
    }
}
