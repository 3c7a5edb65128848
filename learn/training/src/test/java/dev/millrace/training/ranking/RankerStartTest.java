package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

class RankerStartTest {
    private static final int COUNT = 1_000;

    private final RankingExamples examples = RankingWorld.examples(5, COUNT);

    @Test
    void weights_beforeAnyStep_foretellHowOftenEachActionFollows() {
        for (long seed = 1; seed <= 5; seed++) {
            double[][] logits = logits(seed);
            double clicked = 0;
            for (int row = 0; row < COUNT; row++) {
                clicked +=
                        examples.has(row, RankingWorld.CONFIG.heads().getFirst().code()) ? 1 : 0;
            }
            double rate = clicked / COUNT;
            double mean = Arrays.stream(logits[0]).average().orElseThrow();
            assertEquals(Math.log(rate / (1 - rate)), mean, 0.5, "seed " + seed);
            // Nobody complained.
            double complaints = Arrays.stream(logits[1]).average().orElseThrow();
            assertEquals(-Math.log(COUNT + 1), complaints, 0.5, "seed " + seed);
        }
    }

    /** A network that says the same of all has to find out first that they differ. */
    @Test
    void weights_beforeAnyStep_tellExamplesApart() {
        for (long seed = 1; seed <= 5; seed++) {
            double[] clicks = logits(seed)[0];
            double mean = Arrays.stream(clicks).average().orElseThrow();
            double spread = Math.sqrt(Arrays.stream(clicks)
                    .map(x -> (x - mean) * (x - mean))
                    .average()
                    .orElseThrow());
            assertTrue(spread > 0.01 && spread < 1, spread + ", seed " + seed);
        }
    }

    private double[][] logits(long seed) {
        RankerConfig config = RankingWorld.CONFIG.withSeed(seed);
        PackedTables tables = new PackedTables(examples, config);
        LabelledBatches batches = new LabelledBatches(
                examples, config, NumberScale.fit(examples, COUNT), PlaceCurve.none(), tables.bags(examples));
        float[] start = RankerStart.weights(tables.layout(examples.width()), batches, COUNT);
        return new TrainedRanker(config, batches.scale(), tables.whole(start, examples.width()), PlaceCurve.none())
                .logits(examples, 0, COUNT);
    }
}
