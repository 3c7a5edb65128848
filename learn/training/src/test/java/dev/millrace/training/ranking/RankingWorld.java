package dev.millrace.training.ranking;

import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.samples.FeatureRow;
import dev.millrace.samples.ImpressionSample;

import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Items of two kinds, and users who have met items of one of them: 0.7 of what is of their kind is clicked, 0.1 of the other. */
final class RankingWorld {
    static final FeatureSchema SCHEMA = FeatureSchema.standard(FeaturesConfig.defaults());

    static final RankerConfig CONFIG = new RankerConfig(
            List.of(ActionType.CLICK, ActionType.COMPLAINT),
            8,
            List.of(32, 16),
            5,
            10,
            new RankerConfig.Learning(64, 2e-2, 0, 20, 7, false));

    private RankingWorld() {}

    static RankingExamples examples(long seed, int count) {
        Random random = new Random(seed);
        RankingExamples examples = new RankingExamples(CONFIG, SCHEMA);
        for (int i = 0; i < count; i++) {
            // Every item is shown once first, so that its kind is known.
            examples.add(sample(i, i < 40 ? i : random.nextInt(40), random));
        }
        return examples;
    }

    private static ImpressionSample sample(int i, int item, Random random) {
        int taste = random.nextInt(2);
        int[] history = new int[i % 29 == 0 ? 0 : 3];
        for (int h = 0; h < history.length; h++) {
            history[h] = bucket(random.nextInt(20) * 2 + taste);
        }
        boolean clicked = random.nextDouble() < (item % 2 == taste ? 0.7 : 0.1);
        float[] numeric = new float[SCHEMA.numeric().size()];
        numeric[0] = random.nextInt(100);
        return new ImpressionSample(
                new UserId("u" + i % 500),
                new ItemId("i" + item),
                Instant.ofEpochSecond(i),
                i,
                new FeatureRow(
                        numeric, bucket(item), i % 31 == 0 ? -1 : i % 500, profile(item % 2), new int[0], history),
                clicked ? 1 << ActionType.CLICK.code() : 0,
                null);
    }

    /** To a user of whom nothing is known, who has met nothing. */
    static ImpressionSample shownToNobodyKnown(int item, boolean isClicked) {
        return new ImpressionSample(
                new UserId("u" + item),
                new ItemId("i" + item % 2),
                Instant.ofEpochSecond(item),
                item,
                new FeatureRow(
                        new float[SCHEMA.numeric().size()],
                        bucket(item % 2),
                        -1,
                        profile(item % 2),
                        new int[0],
                        new int[0]),
                isClicked ? 1 << ActionType.CLICK.code() : 0,
                null);
    }

    /** Apart from each other in the high bits, which say the table's row. */
    private static int bucket(int item) {
        return item << 10;
    }

    private static int[] profile(int kind) {
        return new int[] {kind << 7};
    }
}
