package dev.millrace.training.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

@ParameterizedClass
@MethodSource("shapes")
class SequenceNetworkTest {
    private static final long SEED = 11;
    private static final int ITEMS = 20;

    /** What each kind of network must hold to; the local ones reach two actions back, so that chunks are met. */
    private static final List<ModelShape> SHAPES = List.of(
            ModelShape.transformer(8, 2, 2, 6),
            ModelShape.transformer(8, 2, 2, 6).withReach(3).withItemDimension(8),
            ModelShape.transformer(8, 2, 2, 6).withItemDimension(3),
            ModelShape.transformer(8, 2, 2, 6).withReach(3).withMixing(MixingKind.CONVOLUTION));

    private final ModelShape shape;
    private final NativeWeights weights;
    private final SequenceNetwork network;

    SequenceNetworkTest(ModelShape shape) {
        this.shape = shape;
        this.weights = randomWeights(shape);
        this.network = new SequenceNetwork(weights, shape);
    }

    static List<ModelShape> shapes() {
        return SHAPES;
    }

    @AfterEach
    void free() {
        network.close();
        weights.close();
    }

    @Test
    void forward_laterItemChanged_leavesEarlierPositionsAlone() {
        float[] first = forward(new int[] {1, 2, 3, 4}, 1, 4);
        float[] second = forward(new int[] {1, 2, 3, 9}, 1, 4);
        int unchanged = 3 * shape.itemDimension();
        assertArrayEquals(Arrays.copyOf(first, unchanged), Arrays.copyOf(second, unchanged), 1e-6f);
        assertTrue(Math.abs(first[unchanged] - second[unchanged]) > 1e-4, "the last position must change");
    }

    @Test
    void forward_orderChanged_changesTheUser() {
        float[] first = forward(new int[] {1, 2, 3, 4}, 1, 4);
        float[] second = forward(new int[] {3, 2, 1, 4}, 1, 4);
        float difference = 0;
        for (int i = 3 * shape.itemDimension(); i < first.length; i++) {
            difference = Math.max(difference, Math.abs(first[i] - second[i]));
        }
        assertTrue(difference > 1e-4, "difference " + difference);
    }

    @Test
    void forward_filledShortRow_answersAsTheRowAlone() {
        float[] together = forward(new int[] {5, 6, 0, 0, 1, 2, 3, 4}, 2, 4);
        float[] alone = forward(new int[] {5, 6}, 1, 2);
        assertArrayEquals(alone, Arrays.copyOf(together, alone.length), 1e-5f);
    }

    @Test
    void forward_longHistory_seesAsFarAsItsBlocksReach() {
        int[] first = {1, 2, 3, 4, 5, 6};
        int[] second = {9, 2, 3, 4, 5, 6};
        float[] one = forward(first, 1, 6);
        float[] other = forward(second, 1, 6);
        int last = 5 * shape.itemDimension();
        boolean seen = shape.layers() * (shape.reach() - 1) >= 5;
        float difference = 0;
        for (int i = last; i < one.length; i++) {
            difference = Math.max(difference, Math.abs(one[i] - other[i]));
        }
        assertEquals(seen, difference > 1e-6, "difference " + difference);
    }

    @Test
    void backward_sampledSoftmax_agreesWithFiniteDifferences() {
        Batch batch = new Batch(
                2, 3, new int[] {1, 2, 3, 4, 5, 0}, new int[] {0, 1, 2, 3, 4}, new int[] {2, 3, 7, 5, 8}, new long[5]);
        weights.flatGradient().zero_();
        try (PointerScope _ = new PointerScope();
                SampledSoftmax softmax = new SampledSoftmax(ITEMS, 6, 16, SEED)) {
            loss(batch, softmax).backward();
        }
        float[] analytic = new float[weights.layout().length()];
        try (PointerScope _ = new PointerScope()) {
            new FloatPointer(weights.flatGradient().data_ptr_float()).get(analytic);
        }
        float[] start = weights.read();
        Random random = new Random(SEED);
        for (String name : weights.layout().slots().keySet()) {
            WeightLayout.Slot slot = weights.layout().slot(name);
            int at = slot.offset() + random.nextInt(slot.length());
            double numeric = (lossAt(batch, start, at, 1e-2f) - lossAt(batch, start, at, -1e-2f)) / 2e-2;
            assertEquals(numeric, analytic[at], 2e-3 + 0.02 * Math.abs(numeric), "seed " + SEED + ", " + name);
        }
    }

    private double lossAt(Batch batch, float[] start, int at, float change) {
        float[] moved = start.clone();
        moved[at] += change;
        weights.write(moved);
        // The same seed draws the same wrong items.
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard();
                SampledSoftmax softmax = new SampledSoftmax(ITEMS, 6, 16, SEED)) {
            return loss(batch, softmax).item_float();
        } finally {
            weights.write(start);
        }
    }

    private Tensor loss(Batch batch, SampledSoftmax softmax) {
        Tensor users = network.forward(IndexTensor.of(batch.items(), batch.rows(), batch.length()), null)
                .index_select(0, IndexTensor.of(batch.positions(), batch.positions().length));
        int count = batch.targets().length;
        Tensor targets = IndexTensor.of(batch.targets(), count);
        return softmax.loss(users, weights.get(SequenceLayout.ITEMS), batch.targets(), count, targets);
    }

    private float[] forward(int[] items, int rows, int length) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            float[] users = new float[items.length * shape.itemDimension()];
            Tensor all = network.forward(IndexTensor.of(items, rows, length), null);
            new FloatPointer(all.data_ptr_float()).get(users);
            return users;
        }
    }

    private static NativeWeights randomWeights(ModelShape shape) {
        NativeWeights weights = new NativeWeights(new SequenceLayout(shape, ITEMS));
        Random random = new Random(SEED);
        float[] all = new float[weights.layout().length()];
        for (int i = 0; i < all.length; i++) {
            all[i] = (float) (0.3 * random.nextGaussian());
        }
        weights.write(all);
        return weights;
    }
}
