package dev.millrace.evaluation.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.samples.FeatureRow;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.training.ranking.RankingExamples;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

class RankingTaskTest {
    private static final FeatureSchema SCHEMA = FeatureSchema.standard(FeaturesConfig.defaults());
    private static final RankerConfig CONFIG = RankerConfig.defaults();

    @Test
    void rehearsal_ofATask_isMeasuredOnWhatTheTaskLearnsFrom() {
        RankingExamples examples = examples(200);
        RankingTask task = new RankingTask(examples, 100, 200);

        RankingTask rehearsal = task.rehearsal();

        assertEquals(new RankingTask(examples, 60, 100), rehearsal);
        assertEquals(40, rehearsal.tested());
        // Clicks are the odd rows; a scorer that says so is right in the rehearsal, and is asked for no other row.
        RankingEvaluation.Result result = new RankingEvaluation(rehearsal, List.of(ActionType.CLICK))
                .measure(new Parity())
                .getFirst();
        assertEquals(1, result.alone().scoring().auc());
    }

    @Test
    void task_whoseTestIsEmpty_isRefused() {
        RankingExamples examples = examples(20);

        assertThrows(InvalidValueException.class, () -> new RankingTask(examples, 10, 10));
        assertThrows(InvalidValueException.class, () -> new RankingTask(examples, 10, 21));
    }

    /** Knows that every other impression is clicked. */
    private static final class Parity implements ImpressionScorer {
        @Override
        public String name() {
            return "parity";
        }

        @Override
        public double[][] probabilities(RankingTask task, List<ActionType> heads) {
            double[] probabilities = new double[task.tested()];
            for (int i = 0; i < probabilities.length; i++) {
                probabilities[i] = (task.firstTest() + i) % 2 == 1 ? 0.9 : 0.1;
            }
            return new double[][] {probabilities};
        }
    }

    private static RankingExamples examples(int count) {
        RankingExamples examples = new RankingExamples(CONFIG, SCHEMA);
        for (int i = 0; i < count; i++) {
            FeatureRow features =
                    new FeatureRow(new float[SCHEMA.numeric().size()], i, i, new int[0], new int[0], new int[0]);
            examples.add(new ImpressionSample(
                    new UserId("u" + i),
                    new ItemId("i" + i),
                    Instant.ofEpochSecond(i),
                    i,
                    features,
                    i % 2 == 1 ? 1 << ActionType.CLICK.code() : 0,
                    null));
        }
        return examples;
    }
}
