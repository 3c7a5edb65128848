package dev.millrace.training.ranking;

import static org.bytedeco.pytorch.global.torch.binary_cross_entropy_with_logits;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Rows of examples as a network reads them, with what followed. Immutable.
 *
 * @param bags by the rows of the network's tables
 * @param places what an action at each place weighs
 */
record LabelledBatches(
        RankingExamples examples, RankerConfig config, NumberScale scale, PlaceCurve places, ExampleBags bags) {
    RankingBatch batch(int[] rows) {
        return RankingBatch.of(examples, scale, bags, rows, config.history());
    }

    /** The loss of some rows, to be learnt from. */
    Tensor loss(Tensor logits, int[] rows) {
        return binary_cross_entropy_with_logits(logits, labels(rows));
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
    double label(int row, int head) {
        return examples.has(row, config.heads().get(head).code()) ? 1 / places.at(examples.place(row)) : 0;
    }

    /** The mean loss of the rows from one (inclusive) to another (exclusive), all heads alike. */
    double meanLoss(RankerNetwork network, int from, int to) {
        double sum = 0;
        for (int start = from; start < to; start += TrainedRanker.SCORED_AT_ONCE) {
            int[] rows = TrainedRanker.range(start, Math.min(to, start + TrainedRanker.SCORED_AT_ONCE));
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                sum += (double) loss(network.forward(batch(rows), null), rows).item_float() * rows.length;
            }
        }
        return sum / (to - from);
    }
}
