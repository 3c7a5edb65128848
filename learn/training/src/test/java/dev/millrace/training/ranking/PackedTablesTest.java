package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

class PackedTablesTest {
    private static final long SEED = 21;
    private static final RankerConfig CONFIG = RankingWorld.CONFIG;

    private final RankingExamples examples = RankingWorld.examples(SEED, 200);
    private final PackedTables tables = new PackedTables(examples, CONFIG);

    @Test
    void network_ofPackedTables_answersAsThatOfWholeOnes() {
        float[] packed = weights();
        LabelledBatches batches = new LabelledBatches(
                examples, CONFIG, NumberScale.fit(examples, 200), PlaceCurve.none(), tables.bags(examples));
        float[] fromPacked;
        try (NativeWeights loaded = new NativeWeights(tables.layout(examples.width()));
                PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            loaded.write(packed);
            Tensor logits = new RankerNetwork(loaded, CONFIG).forward(batches.batch(TrainedRanker.range(0, 200)), null);
            fromPacked = new float[Math.toIntExact(logits.numel())];
            new FloatPointer(logits.contiguous().data_ptr_float()).get(fromPacked);
        }
        double[][] fromWhole = new TrainedRanker(
                        CONFIG, batches.scale(), tables.whole(packed, examples.width()), PlaceCurve.none())
                .logits(examples, 0, 200);
        for (int row = 0; row < 200; row++) {
            for (int head = 0; head < 2; head++) {
                assertEquals(fromWhole[head][row], fromPacked[row * 2 + head], 1e-5, "row " + row + ", seed " + SEED);
            }
        }
    }

    @Test
    void whole_rowThatNoExampleHas_isZero() {
        float[] whole = tables.whole(weights(), examples.width());
        WeightLayout.Slot users = RankerNetwork.layout(CONFIG, examples.width()).slot(RankerNetwork.USERS);
        Set<Integer> met = new HashSet<>();
        for (int user = 0; user < examples.userCount(); user++) {
            for (int row : examples.userBag(user)) {
                met.add(row);
            }
        }
        int d = CONFIG.dimension();
        for (int row = 0; row < CONFIG.tableRows(); row++) {
            boolean isZero = true;
            for (int i = 0; i < d; i++) {
                isZero &= whole[users.offset() + row * d + i] == 0;
            }
            assertEquals(!met.contains(row), isZero, "row " + row + ", seed " + SEED);
        }
    }

    @Test
    void layout_hasNoMoreRowsThanExamples() {
        WeightLayout layout = tables.layout(examples.width());
        // 40 items of two kinds.
        assertArrayEquals(
                new long[] {42, CONFIG.dimension()},
                layout.slot(RankerNetwork.ITEMS).shape());
        assertTrue(
                layout.length() < RankerNetwork.layout(CONFIG, examples.width()).length());
    }

    @Test
    void ranker_ofUsersWhoAreAllUnknown_isLearnt() {
        RankingExamples unknown = new RankingExamples(CONFIG, RankingWorld.SCHEMA);
        for (int i = 0; i < 200; i++) {
            unknown.add(RankingWorld.shownToNobodyKnown(i, i % 2 == 0));
        }

        double[] clicks = RankerTraining.run(unknown, 150, CONFIG, 0.2).probabilities(unknown, 150, 200)[0];

        assertTrue(clicks[0] > clicks[1], clicks[0] + " and " + clicks[1]);
    }

    private float[] weights() {
        Random random = new Random(SEED);
        float[] weights = new float[tables.layout(examples.width()).length()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (0.3 * random.nextGaussian());
        }
        return weights;
    }
}
