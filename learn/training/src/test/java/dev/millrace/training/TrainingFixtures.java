package dev.millrace.training;

import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.distill.DistillationPlan;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.ridge.RidgePlan;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Small data with a plain rule and a small model, so that learning shows within seconds. */
final class TrainingFixtures {
    static final long SEED = 17;
    static final int ITEMS = 60;

    private TrainingFixtures() {}

    /** Users who walk through the items in a fixed stride of their own, 1 or 7, starting anywhere. */
    static SequenceDataset walks(int users) {
        Random random = new Random(SEED);
        int[][] sequences = new int[users][];
        for (int user = 0; user < users; user++) {
            int item = random.nextInt(ITEMS);
            int stride = user % 2 == 0 ? 1 : 7;
            sequences[user] = new int[5 + random.nextInt(20)];
            for (int i = 0; i < sequences[user].length; i++) {
                sequences[user][i] = item;
                item = (item + stride) % ITEMS;
            }
        }
        return new SequenceDataset(vocabulary(ITEMS), sequences);
    }

    static List<ItemId> vocabulary(int count) {
        return IntStream.range(0, count).mapToObj(i -> new ItemId("item-" + i)).toList();
    }

    static TrainingConfig config(Duration cpuBudget) {
        return new TrainingConfig(
                ModelShape.transformer(16, 2, 2, 12),
                new LearningPlan(5e-3, 20, 0.1, 400, 32, 0),
                cpuBudget,
                1,
                RidgePlan.standard(),
                DistillationPlan.none(),
                SEED);
    }
}
