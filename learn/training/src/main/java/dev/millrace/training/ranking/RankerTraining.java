package dev.millrace.training.ranking;

import static org.bytedeco.pytorch.global.torch.binary_cross_entropy_with_logits;

import dev.millrace.training.network.AdamOptimizer;
import dev.millrace.training.network.DropoutMasks;
import dev.millrace.training.network.NativeWeights;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Learns a ranker from impressions in the order of time. Single-threaded.
 *
 * <p>The newest part of the examples is kept back: it says when to stop (the best mean log loss of heads), and a calibration is
 * fitted to each head there. Then the network learns anew from all examples for as many steps as were best, since the newest
 * behaviour tells most of what comes next. Whether a head's calibration, of a network that has not seen that part, is carried over
 * to it is rehearsed one step earlier in time: it is where the one that was fitted to the part before wins at least half of what
 * there was to win on the part kept back, and is slight.
 */
public final class RankerTraining {
    private static final int CHECKS_PER_EPOCH = 2;
    private static final int PATIENCE = 4;
    private static final double WARM_UP_STEPS = 100;
    /** Of the most steps that there may be: where impressions are few, a hundred would be most of them. */
    private static final double WARM_UP_SHARE = 0.1;

    /** Attention to histories begins to tell late: until then a loss that stands still is no end. */
    private static final int PATIENT_STEPS = 200;

    /** A slope beyond them is of a network that had just begun, or knew its examples by heart: the next is not off by the same. */
    private static final double LEAST_SLOPE = 0.5;

    private static final double MOST_SLOPE = 2;

    /** An error of which less lasted from one part to the next is not expected to last for another. */
    private static final double LASTING_SHARE = 0.5;

    private static final double LAST_RATE = 0.05;
    /** Small, so that rows that were never learnt say little. */
    private static final double TABLE_STD = 0.05;

    private final RankingExamples examples;
    private final RankerConfig config;
    private final int count;
    private final int learnt;
    private final NumberScale scale;
    private final PlaceCurve places;
    private final RankingBatch.Bags itemBags;

    private RankerTraining(RankingExamples examples, int count, RankerConfig config, int learnt) {
        this.examples = examples;
        this.count = count;
        this.config = config;
        this.learnt = learnt;
        this.scale = NumberScale.fit(examples, learnt);
        this.places = config.learning().weighsPlaces()
                ? PlaceCurve.estimate(
                        examples, learnt, config.heads().getFirst().code())
                : PlaceCurve.none();
        this.itemBags = TrainedRanker.itemBags(examples);
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
        return new RankerTraining(examples, count, config, learnt).run();
    }

    private record Best(int steps, double loss, float[] weights) {}

    private TrainedRanker run() {
        // Its matrices are small: a second thread would wait for the first, busily.
        torch.set_num_threads(1);
        openblas.blas_set_num_threads(1);
        Best best = untilBest();
        List<Calibration> calibrations = carriedOver(ranker(best));
        int all = (int) Math.round(best.steps() * (double) count / learnt);
        float[] weights = learn(count, all, Integer.MAX_VALUE).weights();
        return new TrainedRanker(config, scale, weights, calibrations, places);
    }

    private Best untilBest() {
        return learn(learnt, mostSteps(), Math.max(1, stepsOfAnEpoch() / CHECKS_PER_EPOCH));
    }

    private TrainedRanker ranker(Best best) {
        return new TrainedRanker(config, scale, best.weights(), List.of(), places);
    }

    private int stepsOfAnEpoch() {
        return Math.max(1, learnt / config.learning().batch());
    }

    private int mostSteps() {
        return stepsOfAnEpoch() * config.learning().maxEpochs();
    }

    /** @param checkEvery steps between looks at what is kept back; never where there are fewer steps than that */
    private Best learn(int rows, int steps, int checkEvery) {
        try (NativeWeights weights = new NativeWeights(RankerNetwork.layout(config, examples.width()));
                AdamOptimizer optimizer = new AdamOptimizer(weights);
                DropoutMasks dropout = new DropoutMasks(
                        config.learning().dropout(), config.learning().seed())) {
            weights.initialise(startingTables(), new Random(config.learning().seed()));
            RankerNetwork network = new RankerNetwork(weights, config);
            Shuffle shuffle = new Shuffle(rows, config.learning());
            Best best = new Best(0, Double.POSITIVE_INFINITY, new float[0]);
            int worse = 0;
            for (int step = 0; step < steps && worse < PATIENCE; step++) {
                learn(network, dropout, optimizer, shuffle.next(), rate(step, steps));
                if ((step + 1) % checkEvery == 0) {
                    double loss = validationLoss(network);
                    worse = loss < best.loss() || step < PATIENT_STEPS ? 0 : worse + 1;
                    best = loss < best.loss() ? new Best(step + 1, loss, weights.read()) : best;
                }
            }
            return best.steps() == 0 ? new Best(steps, Double.NaN, weights.read()) : best;
        }
    }

    private double rate(int step, int steps) {
        double warm = Math.min(1, (step + 1) / Math.min(WARM_UP_STEPS, WARM_UP_SHARE * mostSteps()));
        double cosine = (1 + Math.cos(Math.PI * step / steps)) / 2;
        return config.learning().learningRate() * warm * (LAST_RATE + (1 - LAST_RATE) * cosine);
    }

    private void learn(
            RankerNetwork network, DropoutMasks dropout, AdamOptimizer optimizer, int[] rows, double learningRate) {
        try (PointerScope _ = new PointerScope()) {
            Tensor logits = network.forward(batch(rows), dropout);
            binary_cross_entropy_with_logits(logits, labels(rows)).backward();
            optimizer.step(learningRate);
        }
    }

    private RankingBatch batch(int[] rows) {
        return RankingBatch.of(examples, scale, itemBags, rows, config.history());
    }

    private Tensor labels(int[] rows) {
        int heads = config.heads().size();
        float[] labels = new float[rows.length * heads];
        for (int i = 0; i < rows.length; i++) {
            for (int head = 0; head < heads; head++) {
                labels[i * heads + head] = (float) label(rows[i], head);
            }
        }
        return Tensor.create(labels, new long[] {rows.length, heads});
    }

    /** Whether a head's action followed; more than 1 where it did at a place that is looked at less than the first. */
    private double label(int row, int head) {
        return examples.has(row, config.heads().get(head).code()) ? 1 / places.at(examples.place(row)) : 0;
    }

    private double validationLoss(RankerNetwork network) {
        double sum = 0;
        int n = 0;
        for (int from = learnt; from < count; from += TrainedRanker.SCORED_AT_ONCE) {
            int[] rows = TrainedRanker.range(from, Math.min(count, from + TrainedRanker.SCORED_AT_ONCE));
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                Tensor loss = binary_cross_entropy_with_logits(network.forward(batch(rows), null), labels(rows));
                sum += (double) loss.item_float() * rows.length;
                n += rows.length;
            }
        }
        return sum / n;
    }

    /** The calibrations of what was kept back, where the rehearsal says that they stay right; where it is impossible, none. */
    private List<Calibration> carriedOver(TrainedRanker stopped) {
        List<Calibration> rehearsed = rehearsed();
        double[][] logits = stopped.logits(examples, learnt, count);
        List<Calibration> calibrations = new ArrayList<>();
        for (int head = 0; head < config.heads().size(); head++) {
            double[] followed = followed(head);
            Calibration fitted = Calibration.fit(logits[head], followed);
            boolean isCarried =
                    isSlight(fitted) && rehearsed.get(head).shareOfGain(logits[head], followed) >= LASTING_SHARE;
            calibrations.add(isCarried ? fitted : Calibration.NONE);
        }
        return calibrations;
    }

    /** What would have been fitted, had the part that is kept back not come yet. */
    private List<Calibration> rehearsed() {
        int earlier = (int) (learnt * ((double) learnt / count));
        if (earlier < config.learning().batch()) {
            return Collections.nCopies(config.heads().size(), Calibration.NONE);
        }
        RankerTraining rehearsal = new RankerTraining(examples, learnt, config, earlier);
        double[][] logits = rehearsal.ranker(rehearsal.untilBest()).logits(examples, earlier, learnt);
        List<Calibration> fitted = new ArrayList<>();
        for (int head = 0; head < config.heads().size(); head++) {
            fitted.add(Calibration.fit(logits[head], rehearsal.followed(head)));
        }
        return fitted;
    }

    private static boolean isSlight(Calibration fitted) {
        return fitted.slope() >= LEAST_SLOPE && fitted.slope() <= MOST_SLOPE;
    }

    /** A head's labels of what is kept back. */
    private double[] followed(int head) {
        double[] followed = new double[count - learnt];
        for (int i = 0; i < followed.length; i++) {
            followed[i] = label(learnt + i, head);
        }
        return followed;
    }

    /** Both tables, which come first in the layout. */
    private float[] startingTables() {
        Random random = new Random(config.learning().seed() + 1);
        float[] tables = new float[2 * config.tableRows() * config.dimension()];
        for (int i = 0; i < tables.length; i++) {
            tables[i] = (float) (random.nextGaussian() * TABLE_STD);
        }
        return tables;
    }

    /** Batches of rows in another random order each epoch. Owned by one thread. */
    private static final class Shuffle {
        private final int[] order;
        private final int batch;
        private final SplittableRandom random;
        private int at;

        Shuffle(int rows, RankerConfig.Learning learning) {
            order = TrainedRanker.range(0, rows);
            batch = Math.min(rows, learning.batch());
            random = new SplittableRandom(learning.seed());
            at = rows;
        }

        int[] next() {
            if (at + batch > order.length) {
                for (int i = order.length - 1; i > 0; i--) {
                    int other = random.nextInt(i + 1);
                    int kept = order[i];
                    order[i] = order[other];
                    order[other] = kept;
                }
                at = 0;
            }
            at += batch;
            return Arrays.copyOfRange(order, at - batch, at);
        }
    }
}
