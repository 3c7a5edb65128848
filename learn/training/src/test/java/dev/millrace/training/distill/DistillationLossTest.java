package dev.millrace.training.distill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.model.ItemId;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class DistillationLossTest {
    private static final long SEED = 21;
    private static final int ITEMS = 15;
    private static final int[][] SEQUENCES = {{1, 2, 3, 4, 5}};
    private static final int[] HISTORY = {1, 2, 3, 4};
    private static final int[] TARGETS = {2, 3, 4, 5};
    private static final long[] SOURCES = {0, 1, 2, 3};
    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList();
    private static final ModelShape SMALL = ModelShape.transformer(6, 1, 1, 4).withItemDimension(3);
    private static final ModelShape LARGE = ModelShape.transformer(8, 1, 2, 4);

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final NativeWeights weights = new NativeWeights(SequenceLayout.aligned(SMALL, ITEMS, 8));
    private final SequenceNetwork network = new SequenceNetwork(weights, SMALL);

    @BeforeEach
    void fill() {
        weights.write(normal(weights.layout().length()));
    }

    @AfterEach
    void free() {
        network.close();
        weights.close();
    }

    @Test
    void backward_allTerms_agreesWithFiniteDifferences() throws IOException {
        DistillationPlan plan = new DistillationPlan(0.3, 0.7, 0.2, 0.4, 1.5, 4, 1 << 20);
        try (TeacherCache cache = cache(plan)) {
            weights.flatGradient().zero_();
            loss(plan, cache, true);
            float[] analytic = new float[weights.layout().length()];
            try (PointerScope _ = new PointerScope()) {
                new FloatPointer(weights.flatGradient().data_ptr_float()).get(analytic);
            }
            float[] start = weights.read();
            for (String name : weights.layout().slots().keySet()) {
                WeightLayout.Slot slot = weights.layout().slot(name);
                int at = slot.offset() + random.nextInt(slot.length());
                double numeric =
                        (lossAt(plan, cache, start, at, 1e-2f) - lossAt(plan, cache, start, at, -1e-2f)) / 2e-2;
                assertEquals(numeric, analytic[at], 3e-3 + 0.02 * Math.abs(numeric), "seed " + SEED + ", " + name);
            }
        }
    }

    @Test
    void of_teacherThatKnowsEverything_isItsEntropyForItself() throws IOException {
        // All items are kept, and the student is the teacher: the cross-entropy is the entropy, and no smaller one
        // exists.
        DistillationPlan plan = new DistillationPlan(0, 1, 0, 0, 1, ITEMS, 1 << 20);
        TrainedModel model = model(SMALL);
        try (TeacherCache cache = TeacherCache.of(folder.resolve("self"), model, VOCABULARY, SEQUENCES, plan)) {
            float[] all = weights.read();
            System.arraycopy(model.weights(), 0, all, 0, model.weights().length);
            weights.write(all);
            double entropy = 0;
            TeacherCache.Opinions opinions = cache.read(SOURCES);
            for (float share : opinions.shares) {
                entropy -= share > 0 ? share * Math.log(share) / SOURCES.length : 0;
            }
            assertEquals(entropy, loss(plan, cache, false), 0.02, "seed " + SEED);
        }
    }

    private double lossAt(DistillationPlan plan, TeacherCache cache, float[] start, int at, float change) {
        float[] moved = start.clone();
        moved[at] += change;
        weights.write(moved);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            return loss(plan, cache, false);
        } finally {
            weights.write(start);
        }
    }

    private double loss(DistillationPlan plan, TeacherCache cache, boolean backward) {
        // The same seed draws the same items.
        try (PointerScope _ = new PointerScope();
                DistillationLoss loss = new DistillationLoss(plan, cache, weights, 5, 8, SEED)) {
            Tensor states = network.states(IndexTensor.of(HISTORY, 1, HISTORY.length), null);
            Tensor value = loss.of(states, network.users(states), TARGETS, SOURCES);
            if (backward) {
                value.backward();
            }
            return value.item_float();
        }
    }

    private TeacherCache cache(DistillationPlan plan) throws IOException {
        return TeacherCache.of(folder.resolve("cache"), model(LARGE), VOCABULARY, SEQUENCES, plan);
    }

    private TrainedModel model(ModelShape shape) {
        SequenceLayout layout = new SequenceLayout(shape, ITEMS);
        return new TrainedModel(
                VOCABULARY, layout, normal(layout.length()), null, new TrainedModel.Course(0, 0, 0, List.of()));
    }

    private float[] normal(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
        }
        return values;
    }
}
