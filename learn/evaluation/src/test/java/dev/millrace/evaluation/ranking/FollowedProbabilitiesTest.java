package dev.millrace.evaluation.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.samples.FeatureRow;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.training.ranking.RankingExamples;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** One impression in ten seconds; one in five is clicked, and 0.4 foretold. */
class FollowedProbabilitiesTest {
    private static final long SEED = 31;
    private static final int COUNT = 20_000;
    private static final int SECONDS = 10;
    private static final FeatureSchema SCHEMA = FeatureSchema.standard(FeaturesConfig.defaults());

    @Test
    void probabilities_thatAreTooLarge_comeDown() {
        double[] told = told(COUNT);
        assertEquals(0.4, told[0]);
        double mean = Arrays.stream(told).skip(COUNT / 2).average().orElse(Double.NaN);
        assertEquals(0.2, mean, 0.02, "seed " + SEED);
    }

    /** What is told depends on no outcome that was not over by then: neither its own nor a later one, nor one of the last half hour. */
    @Test
    void probabilities_knowNoOutcomeOfTheWindowBefore() {
        int turned = 10_000;
        int window = (int) ImpressionOptions.defaults().window().toSeconds() / SECONDS;
        double[] told = told(COUNT);
        double[] other = told(turned);
        for (int i = 0; i <= turned + window; i++) {
            assertEquals(told[i], other[i], "impression " + i);
        }
        assertTrue(told[turned + 2 * window] < other[turned + 2 * window] - 0.01, "later ones follow");
    }

    /** @param turned the impression from which on all are clicked */
    private static double[] told(int turned) {
        SplittableRandom random = new SplittableRandom(SEED);
        boolean[] clicked = new boolean[COUNT + 1];
        for (int i = 0; i < clicked.length; i++) {
            clicked[i] = random.nextInt(5) == 0 || i > turned;
        }
        RankingTask task = new RankingTask(examples(i -> clicked[i]), 1, COUNT + 1);
        double[] untouched = new double[COUNT];
        Arrays.fill(untouched, 0.4);
        return FollowedProbabilities.of(task, ActionType.CLICK, untouched);
    }

    private static RankingExamples examples(IntPredicate isClicked) {
        RankingExamples examples = new RankingExamples(RankerConfig.defaults(), SCHEMA);
        for (int i = 0; i <= COUNT; i++) {
            FeatureRow features = new FeatureRow(
                    new float[SCHEMA.numeric().size()], i % 100, i % 500, new int[0], new int[0], new int[0]);
            examples.add(new ImpressionSample(
                    new UserId("u" + i % 500),
                    new ItemId("i" + i % 100),
                    Instant.ofEpochSecond((long) i * SECONDS),
                    i,
                    features,
                    isClicked.test(i) ? 1 << ActionType.CLICK.code() : 0,
                    null));
        }
        return examples;
    }
}
