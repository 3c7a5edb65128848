package dev.millrace.training.ranking;

import dev.millrace.training.network.NativeWeights;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

import java.util.List;

/**
 * A ranker that has learned: scores examples with libtorch, as the reference for what is exported. Immutable.
 *
 * @param calibrations one per head, or none for logits alone
 * @param places what its probabilities are to be multiplied by to foretell what follows at a place
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record TrainedRanker(
        RankerConfig config, NumberScale scale, float[] weights, List<Calibration> calibrations, PlaceCurve places) {
    static final int SCORED_AT_ONCE = 2048;

    public TrainedRanker {
        calibrations = List.copyOf(calibrations);
    }

    /** The logits of rows from one (inclusive) to another (exclusive), by head and row. */
    public double[][] logits(RankingExamples examples, int from, int to) {
        int heads = config.heads().size();
        double[][] logits = new double[heads][to - from];
        try (NativeWeights loaded = new NativeWeights(RankerNetwork.layout(config, examples.width()))) {
            loaded.write(weights);
            RankerNetwork network = new RankerNetwork(loaded, config);
            RankingBatch.Bags itemBags = itemBags(examples);
            for (int start = from; start < to; start += SCORED_AT_ONCE) {
                int[] rows = range(start, Math.min(to, start + SCORED_AT_ONCE));
                float[] scored = scored(network, examples, itemBags, rows);
                for (int i = 0; i < scored.length; i++) {
                    logits[i % heads][start - from + i / heads] = scored[i];
                }
            }
        }
        return logits;
    }

    /** The calibrated probabilities of rows from one (inclusive) to another (exclusive), by head and row. */
    public double[][] probabilities(RankingExamples examples, int from, int to) {
        double[][] values = logits(examples, from, to);
        for (int head = 0; head < values.length; head++) {
            Calibration calibration = calibrations.isEmpty() ? Calibration.NONE : calibrations.get(head);
            for (int i = 0; i < values[head].length; i++) {
                values[head][i] = calibration.probability(values[head][i]);
            }
        }
        return values;
    }

    private float[] scored(RankerNetwork network, RankingExamples examples, RankingBatch.Bags itemBags, int[] rows) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            RankingBatch batch = RankingBatch.of(examples, scale, itemBags, rows, config.history());
            Tensor scored = network.forward(batch, null);
            float[] copy = new float[(int) scored.numel()];
            new FloatPointer(scored.contiguous().data_ptr_float()).get(copy);
            return copy;
        }
    }

    static RankingBatch.Bags itemBags(RankingExamples examples) {
        int[][] bags = new int[examples.itemCount()][];
        for (int item = 0; item < bags.length; item++) {
            bags[item] = examples.itemBag(item);
        }
        return RankingBatch.Bags.of(bags);
    }

    static int[] range(int from, int to) {
        int[] rows = new int[to - from];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = from + i;
        }
        return rows;
    }
}
