package dev.millrace.training.ranking;

import dev.millrace.training.network.AdamOptimizer;
import dev.millrace.training.network.AveragedWeights;
import dev.millrace.training.network.DropoutMasks;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A network that learns step by step from the first of some examples. Owned by the training thread.
 *
 * <p>What it hands on is the mean of its weights over the newest part of an epoch, while its rate stays as it is after the
 * warm-up (Polyak and Juditsky 1992): the noise of single batches, and with it much of what the seed decides, is averaged out, and
 * the network of any step is as good as a longer or shorter schedule would have made it. So the number of epochs that was best in
 * one run can be told to another.
 *
 * <p>Vectors shrink by a factor of e in an epoch, whatever they learn (decoupled weight decay, Loshchilov and Hutter 2019; by the epoch, as
 * Wang and Aitchison 2024): Adam moves a row by as much whether its gradient is large or small, so that a user who is met a few times in an
 * epoch would otherwise be known by heart in the second (Zhang et al. 2022). What is met often is learnt again as fast.
 */
final class RankerLearning implements AutoCloseable {
    private static final double WARM_UP_STEPS = 100;
    /** Of the most steps that there may be: where impressions are few, a hundred would be most of them. */
    private static final double WARM_UP_SHARE = 0.1;
    /** Of an epoch's steps. */
    private static final double AVERAGED_SHARE = 0.5;

    private final LabelledBatches examples;
    private final PackedTables tables;
    private final NativeWeights weights;
    private final NativeWeights shown;
    private final int tablesLength;
    private final float kept;
    private final AdamOptimizer optimizer;
    private final AveragedWeights average;
    private final DropoutMasks dropout;
    private final RankerNetwork network;
    private final Shuffle shuffle;
    private final double warmUp;
    private long steps;

    /** @param rows how many of the examples, from the first on, are learnt from */
    RankerLearning(LabelledBatches examples, PackedTables tables, int rows) {
        this.examples = examples;
        this.tables = tables;
        RankerConfig.Learning learning = examples.config().learning();
        WeightLayout layout = tables.layout(examples.examples().width());
        int epoch = Math.max(1, rows / learning.batch());
        weights = new NativeWeights(layout);
        weights.write(RankerStart.weights(layout, examples, rows));
        shown = new NativeWeights(layout);
        // The tables come first.
        tablesLength = layout.slot(RankerNetwork.RECENCY).offset();
        kept = (float) Math.exp(-1.0 / epoch);
        optimizer = new AdamOptimizer(weights);
        average = new AveragedWeights(weights, Math.max(1, (int) (epoch * AVERAGED_SHARE)));
        dropout = new DropoutMasks(learning.dropout(), learning.seed());
        network = new RankerNetwork(weights, examples.config());
        shuffle = new Shuffle(rows, learning);
        warmUp = Math.min(WARM_UP_STEPS, WARM_UP_SHARE * epoch * learning.maxEpochs());
    }

    void step() {
        int[] rows = shuffle.next();
        try (PointerScope _ = new PointerScope()) {
            examples.loss(network.forward(examples.batch(rows), dropout), rows).backward();
            weights.flat().narrow(0, 0, tablesLength).mul_(new Scalar(kept));
            optimizer.step(examples.config().learning().learningRate() * Math.min(1, (steps + 1) / warmUp));
            average.add(steps++);
        }
    }

    /** The mean loss, of what would be handed on now, from one row (inclusive) to another (exclusive). */
    double meanLoss(int from, int to) {
        shown.write(average.read());
        return examples.meanLoss(new RankerNetwork(shown, examples.config()), from, to);
    }

    /** What is handed on, with whole tables. */
    float[] weights() {
        return tables.whole(average.read(), examples.examples().width());
    }

    @Override
    public void close() {
        dropout.close();
        average.close();
        optimizer.close();
        shown.close();
        weights.close();
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
