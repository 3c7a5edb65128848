package dev.millrace.training.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        TrainedModel pruned = pruned(model, 2, 12, 3);
        assertEquals(new BlockSize(2, 2, 12), pruned.layout().shape().block());
        assertArrayEquals(users(model), users(pruned), 1e-5f, "seed " + SEED);
    }

    @Test
    void of_shorterReach_answersAsBeforeWhereNothingLiesBeyondIt() {
        for (MixingKind mixing : MixingKind.values()) {
            TrainedModel model = model(SHAPE.withMixing(mixing));
            TrainedModel pruned = pruned(model, 4, 32, 2);
            int known = 2 * SHAPE.itemDimension(); // the first two positions see no more than two
            assertArrayEquals(
                    Arrays.copyOf(users(model), known), Arrays.copyOf(users(pruned), known), 1e-5f, mixing.toString());
        }
    }

    @Test
    void of_everythingKept_isTheSameModel() {
        TrainedModel model = model(SHAPE);
        assertArrayEquals(model.weights(), pruned(model, 4, 32, 3).weights());
    }

    @Test
    void of_alignedStudent_losesWhatOnlyLearningNeeds() {
        SequenceLayout aligned = SequenceLayout.aligned(SHAPE, ITEMS, 10);
        TrainedModel model = model(aligned);
        TrainedModel pruned = pruned(model, 4, 32, 3);
        assertEquals(aligned.length() - 10 * 8, pruned.weights().length);
        assertArrayEquals(users(model), users(pruned), 1e-5f);
    }

    @Test
    void of_moreThanThereIs_isRefused() {
        TrainedModel model = model(SHAPE);
        assertThrows(InvalidValueException.class, () -> pruned(model, 5, 32, 3));
        assertThrows(InvalidValueException.class, () -> pruned(model, 4, 33, 3));
        assertThrows(InvalidValueException.class, () -> pruned(model, 0, 32, 3));
        assertThrows(InvalidValueException.class, () -> pruned(model, 4, 32, 4));
    }

    @Test
    void of_convolution_losesNeuronsAndHasNoHeads() {
        TrainedModel model = model(SHAPE.withMixing(MixingKind.CONVOLUTION));
        for (int layer = 0; layer < 2; layer++) {
            silenceColumns(model, SequenceLayout.block(layer, "down.weight"), 10, 32);
        }
        assertArrayEquals(users(model), users(pruned(model, 4, 10, 3)), 1e-5f);
        assertThrows(InvalidValueException.class, () -> pruned(model, 2, 32, 3));
    }

    @Test
    void of_headsThatUseLessThanTheirRank_answerAsBefore() {
        TrainedModel model = model(SHAPE.withSize(8, 2, 2));
        for (int layer = 0; layer < 2; layer++) {
            // Of four elements a head has, the last two of its queries and of its values say what the first two say.
            for (int part : new int[] {0, 2}) {
                for (int head = 0; head < 2; head++) {
                    repeatRows(model, SequenceLayout.block(layer, "qkv.weight"), 8 * part + 4 * head);
                    repeatRows(model, SequenceLayout.block(layer, "qkv.bias"), 8 * part + 4 * head);
                }
            }
        }
        TrainedModel lowered = StructuredPruning.of(model, new BlockSize(2, 2, 32), 3);
        assertEquals(new BlockSize(2, 2, 32), lowered.layout().shape().block());
        assertArrayEquals(users(model), users(lowered), 1e-4f, "seed " + SEED);
    }

    @Test
    void of_lowerRank_isNearerThanHeadsCutShort() {
        TrainedModel model = model(SHAPE.withSize(8, 2, 2));
        float[] whole = users(model);
        double half = distance(whole, users(StructuredPruning.of(model, new BlockSize(2, 2, 32), 3)));
        double most = distance(whole, users(StructuredPruning.of(model, new BlockSize(2, 3, 32), 3)));
        double cut = distance(whole, users(cutShort(model)));
        assertTrue(most < half && half < cut, most + ", " + half + ", " + cut + ", seed " + SEED);
    }

    @Test
    void of_rankThatIsNot_isRefused() {
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(model(SHAPE), new BlockSize(4, 3, 32), 3));
        TrainedModel convolution = model(SHAPE.withMixing(MixingKind.CONVOLUTION));
        assertThrows(InvalidValueException.class, () -> StructuredPruning.of(convolution, new BlockSize(4, 1, 32), 3));
    }

    /** The first two of four elements of each head as they are: the queries and the answers of the others are silenced. */
    private static TrainedModel cutShort(TrainedModel model) {
        TrainedModel cut = new TrainedModel(
                model.vocabulary(), model.layout(), model.weights().clone(), null, model.course());
        for (int layer = 0; layer < 2; layer++) {
            silenceColumns(cut, SequenceLayout.block(layer, "out.weight"), 2, 4);
            silenceColumns(cut, SequenceLayout.block(layer, "out.weight"), 6, 8);
            for (int first : new int[] {2, 6}) {
                silenceRows(cut, SequenceLayout.block(layer, "qkv.weight"), first, 2);
                silenceRows(cut, SequenceLayout.block(layer, "qkv.bias"), first, 2);
            }
        }
        return cut;
    }

    private static double distance(float[] left, float[] right) {
        double squares = 0;
        for (int i = 0; i < left.length; i++) {
            squares += Math.pow(left[i] - right[i], 2);
        }
        return Math.sqrt(squares);
    }

    /** Lets the third and fourth row from one on be the first and the second. */
    private static void repeatRows(TrainedModel model, String name, int first) {
        WeightLayout.Slot slot = model.layout().slot(name);
        int width = slot.length() / (int) slot.shape()[0];
        int at = slot.offset() + first * width;
        System.arraycopy(model.weights(), at, model.weights(), at + 2 * width, 2 * width);
    }

    private static void silenceRows(TrainedModel model, String name, int first, int count) {
        WeightLayout.Slot slot = model.layout().slot(name);
        int width = slot.length() / (int) slot.shape()[0];
        int at = slot.offset() + first * width;
        Arrays.fill(model.weights(), at, at + count * width, 0);
    }

    private static TrainedModel pruned(TrainedModel model, int heads, int neurons, int reach) {
        int rank = model.layout().shape().block().headDimension();
        return StructuredPruning.of(model, new BlockSize(heads, rank, neurons), reach);
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
