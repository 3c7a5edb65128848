package dev.millrace.training.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.BlockSize;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.MixingKind;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class StructuredPruningTest {
    private static final long SEED = 8;
    private static final int ITEMS = 9;
    private static final int[] HISTORY = {1, 5, 2, 2, 8};
    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList();
    private static final ModelShape SHAPE =
            ModelShape.transformer(8, 2, 4, 5).withReach(3).withItemDimension(6);

    @Test
    void of_headsAndNeuronsThatSayNothing_answersAsBefore() {
        TrainedModel model = model(SHAPE);
        for (int layer = 0; layer < 2; layer++) {
            silenceColumns(model, SequenceLayout.block(layer, "out.weight"), 2, 4);
            silenceColumns(model, SequenceLayout.block(layer, "out.weight"), 6, 8);
            silenceColumns(model, SequenceLayout.block(layer, "down.weight"), 0, 20);
        }
        TrainedModel pruned = StructuredPruning.of(model, 2, 12, 3);
        assertEquals(new BlockSize(2, 2, 12), pruned.layout().shape().block());
        assertArrayEquals(users(model), users(pruned), 1e-5f, "seed " + SEED);
    }

    @Test
    void of_shorterReach_answersAsBeforeWhereNothingLiesBeyondIt() {
        for (MixingKind mixing : MixingKind.values()) {
            TrainedModel model = model(SHAPE.withMixing(mixing));
            TrainedModel pruned = StructuredPruning.of(model, 4, 32, 2);
            int known = 2 * SHAPE.itemDimension(); // the first two positions see no more than two
            assertArrayEquals(
                    Arrays.copyOf(users(model), known), Arrays.copyOf(users(pruned), known), 1e-5f, mixing.toString());
        }
    }

    @Test
    void of_everythingKept_isTheSameModel() {
        TrainedModel model = model(SHAPE);
        assertArrayEquals(model.weights(), StructuredPruning.of(model, 4, 32, 3).weights());
    }

    @Test
    void of_alignedStudent_losesWhatOnlyLearningNeeds() {
        SequenceLayout aligned = SequenceLayout.aligned(SHAPE, ITEMS, 10);
        TrainedModel model = model(aligned);
        TrainedModel pruned = StructuredPruning.of(model, 4, 32, 3);
        assertEquals(aligned.length() - 10 * 8, pruned.weights().length);
        assertArrayEquals(users(model), users(pruned), 1e-5f);
    }

    @Test
    void of_moreThanThereIs_isRefused() {
        TrainedModel model = model(SHAPE);
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(model, 5, 32, 3));
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(model, 4, 33, 3));
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(model, 0, 32, 3));
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(model, 4, 32, 4));
    }

    @Test
    void of_convolution_losesNeuronsAndHasNoHeads() {
        TrainedModel model = model(SHAPE.withMixing(MixingKind.CONVOLUTION));
        for (int layer = 0; layer < 2; layer++) {
            silenceColumns(model, SequenceLayout.block(layer, "down.weight"), 10, 32);
        }
        assertArrayEquals(users(model), users(StructuredPruning.of(model, 4, 10, 3)), 1e-5f);
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(model, 2, 32, 3));
    }

    private static void silenceColumns(TrainedModel model, String name, int from, int to) {
        WeightLayout.Slot slot = model.layout().slot(name);
        int width = (int) slot.shape()[1];
        for (int row = 0; row < slot.shape()[0]; row++) {
            for (int column = from; column < to; column++) {
                model.weights()[slot.offset() + row * width + column] = 0;
            }
        }
    }

    private static float[] users(TrainedModel model) {
        try (NativeWeights weights = new NativeWeights(model.layout())) {
            weights.write(model.weights());
            try (SequenceNetwork network =
                            new SequenceNetwork(weights, model.layout().shape());
                    PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                Tensor users = network.forward(IndexTensor.of(HISTORY, 1, HISTORY.length), null)
                        .contiguous();
                float[] copy = new float[Math.toIntExact(users.numel())];
                new FloatPointer(users.data_ptr_float()).get(copy);
                return copy;
            }
        }
    }

    private static TrainedModel model(ModelShape shape) {
        return model(new SequenceLayout(shape, ITEMS));
    }

    private static TrainedModel model(SequenceLayout layout) {
        Random random = new Random(SEED);
        float[] weights = new float[layout.length()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (0.3 * random.nextGaussian());
        }
        return new TrainedModel(VOCABULARY, layout, weights, null, new TrainedModel.Course(0, 0, 0, List.of()));
    }
}
