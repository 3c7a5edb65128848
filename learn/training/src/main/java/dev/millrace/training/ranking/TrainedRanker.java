package dev.millrace.training.ranking;

import dev.millrace.training.network.NativeWeights;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A ranker that has learned: scores examples with libtorch, as the reference for what is exported. Immutable.
 *
 * @param places what its probabilities are to be multiplied by to foretell what follows at a place
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record TrainedRanker(RankerConfig config, NumberScale scale, float[] weights, PlaceCurve places) {
    static final int SCORED_AT_ONCE = 2048;

    /** The logits of rows from one (inclusive) to another (exclusive), by head and row. */
    public double[][] logits(RankingExamples examples, int from, int to) {
        int heads = config.heads().size();
        double[][] logits = new double[heads][to - from];
        try (NativeWeights loaded = new NativeWeights(RankerNetwork.layout(config, examples.width()))) {
            loaded.write(weights);
            RankerNetwork network = new RankerNetwork(loaded, config);
            ExampleBags bags = ExampleBags.of(examples);
            for (int start = from; start < to; start += SCORED_AT_ONCE) {
                int[] rows = range(start, Math.min(to, start + SCORED_AT_ONCE));
                float[] scored = scored(network, examples, bags, rows);
                for (int i = 0; i < scored.length; i++) {
                    logits[i % heads][start - from + i / heads] = scored[i];
                }
            }
        }
        return logits;
    }

    /** The probabilities of rows from one (inclusive) to another (exclusive), by head and row. */
    public double[][] probabilities(RankingExamples examples, int from, int to) {
        double[][] values = logits(examples, from, to);
        for (int head = 0; head < values.length; head++) {
            for (int i = 0; i < values[head].length; i++) {
                values[head][i] = 1 / (1 + Math.exp(-values[head][i]));
            }
        }
        return values;
    }

    private float[] scored(RankerNetwork network, RankingExamples examples, ExampleBags bags, int[] rows) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            RankingBatch batch = RankingBatch.of(examples, scale, bags, rows, config.history());
            Tensor scored = network.forward(batch, null);
            float[] copy = new float[(int) scored.numel()];
            new FloatPointer(scored.contiguous().data_ptr_float()).get(copy);
            return copy;
        }
    }

    static int[] range(int from, int to) {
        int[] rows = new int[to - from];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = from + i;
        }
        return rows;
    }
}
