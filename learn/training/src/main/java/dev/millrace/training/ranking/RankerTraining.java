package dev.millrace.training.ranking;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/**
 * Learns a ranker from impressions in the order of time. Single-threaded.
 *
 * <p>The newest part of the examples is kept back: it says when to stop (the best mean log loss of heads). Then the network learns anew
 * from all examples for as many epochs as were best, since the newest behaviour tells most of what comes next. Its probabilities are
 * not fitted to what happens once more: what is fitted to the part that is kept back made them worse later. Those of clicks are off by
 * 0.019 to 0.021 in the mean (ECE; the goal is 0.02), so that they are met about as often as they say, and not quite.
 */
public final class RankerTraining {
    /** Epochs without a better one. */
    private static final int PATIENCE = 2;

    /** Attention to histories begins to tell late: until then a loss that stands still is no end. */
    private static final int PATIENT_STEPS = 200;

    private final PackedTables tables;
    private final LabelledBatches examples;
    private final int count;
    private final int learnt;

    private RankerTraining(RankingExamples examples, int count, RankerConfig config, int learnt, PackedTables tables) {
        this.count = count;
        this.learnt = learnt;
        this.tables = tables;
        PlaceCurve places = config.learning().weighsPlaces()
                ? PlaceCurve.estimate(
                        examples, learnt, config.heads().getFirst().code())
                : PlaceCurve.none();
        this.examples =
                new LabelledBatches(examples, config, NumberScale.fit(examples, learnt), places, tables.bags(examples));
    }

    /**
     * @param examples in the order of time
     * @param count how many of them, from the first on, may be learnt from
     * @param validationShare the newest part, above 0 and below 1, that says when to stop
     */
    public static TrainedRanker run(RankingExamples examples, int count, RankerConfig config, double validationShare) {
        int learnt = (int) (count * (1 - validationShare));
        if (learnt < config.learning().batch() || learnt >= count) {
            throw new IllegalArgumentException("of " + count + " impressions " + learnt
                    + " would be learnt from and the others kept back; at least a batch of "
                    + config.learning().batch() + " and one are needed");
        }
        return new RankerTraining(examples, count, config, learnt, new PackedTables(examples, config)).run();
    }

    private record Best(int steps, double loss) {}

    private TrainedRanker run() {
        // Its matrices are small: a second thread would wait for the first, busily.
        torch.set_num_threads(1);
        openblas.blas_set_num_threads(1);
        Best best = untilBest();
        int steps = (int) Math.round(best.steps() * (double) count / learnt);
        try (RankerLearning learning = new RankerLearning(examples, tables, count)) {
            for (int step = 0; step < steps; step++) {
                learning.step();
            }
            return new TrainedRanker(config(), examples.scale(), learning.weights(), examples.places());
        }
    }

    private RankerConfig config() {
        return examples.config();
    }

    /** Learns from what is not kept back until the loss of what is has stopped falling. */
    private Best untilBest() {
        int epoch = Math.max(1, learnt / config().learning().batch());
        try (RankerLearning learning = new RankerLearning(examples, tables, learnt)) {
            Best best = new Best(0, Double.POSITIVE_INFINITY);
            int worse = 0;
            for (int epochs = 1; epochs <= config().learning().maxEpochs() && worse < PATIENCE; epochs++) {
                for (int step = 0; step < epoch; step++) {
                    learning.step();
                }
                double loss = learning.meanLoss(learnt, count);
                worse = loss < best.loss() || epochs * epoch <= PATIENT_STEPS ? 0 : worse + 1;
                best = loss < best.loss() ? new Best(epochs * epoch, loss) : best;
            }
            return requireLearnt(best);
        }
    }

    private Best requireLearnt(Best best) {
        if (best.steps() == 0) {
            throw new MillraceException(
                    ErrorCode.INTERNAL,
                    "the ranker's loss is no number after any epoch of learning from " + learnt
                            + " impressions; lower its learning rate, which is "
                            + config().learning().learningRate());
        }
        return best;
    }
}
