package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.baddbmm;
import static org.bytedeco.pytorch.global.torch.bmm;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.softmax;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of the sequence model: histories in, one user vector per position out. Owned by the training thread.
 *
 * <p>A causal transformer of the SASRec family: item vectors × √d, then per block a layer norm, attention of each
 * position to itself and those before it with a learned bias per head and distance, a second layer norm and a GELU
 * layer; a last layer norm. There are no absolute positions, so a history padded on either side gives the same vector.
 * The score of an item is the dot product of the user vector and the same item vector that reads the history.
 *
 * <p>Sources: Kang and McAuley 2018 (SASRec); Raffel et al. 2020 (learned bias per distance).
 */
public final class SequenceNetwork implements AutoCloseable {
    public static final double NORM_EPSILON = 1e-5;

    /** Added to the score of a position that must not be seen; finite, so that a row of them stays finite. */
    public static final float MASKED = -1e9f;

    private final NativeWeights weights;
    private final ModelShape shape;
    private final FloatPointer causalMemory;
    private final LongPointer distanceMemory;
    private final Tensor causal;
    private final Tensor distance;

    public SequenceNetwork(NativeWeights weights) {
        this.weights = weights;
        this.shape = weights.layout().shape();
        int l = shape.historyLength();
        causalMemory = new FloatPointer((long) l * l);
        distanceMemory = new LongPointer((long) l * l);
        for (int query = 0; query < l; query++) {
            for (int key = 0; key < l; key++) {
                causalMemory.put((long) query * l + key, key <= query ? 0 : MASKED);
                distanceMemory.put((long) query * l + key, Math.max(0, query - key));
            }
        }
        causal = from_blob(causalMemory, l, l);
        distance = from_blob(distanceMemory, new long[] {l, l}, IndexTensor.OPTIONS);
    }

    public NativeWeights weights() {
        return weights;
    }

    /**
     * @param items batch × length item indexes, each history starting at column 0; what fills a short row does not matter
     * @param dropout null outside of learning
     * @return (batch · length) × dimension
     */
    public Tensor forward(Tensor items, @Nullable DropoutMasks dropout) {
        long batch = items.size(0);
        long length = items.size(1);
        int d = shape.dimension();
        Tensor x = weights.get(WeightLayout.ITEMS)
                .index_select(0, items.reshape(-1))
                .mul(new Scalar((float) Math.sqrt(d)));
        x = drop(x, dropout);
        Tensor mask = causal.narrow(0, 0, length).narrow(1, 0, length);
        Tensor distances = distance.narrow(0, 0, length).narrow(1, 0, length).reshape(-1);
        for (int layer = 0; layer < shape.layers(); layer++) {
            x = x.add(drop(attention(layer, x, batch, length, mask, distances), dropout));
            x = x.add(drop(feedForward(layer, x), dropout));
        }
        return norm(x, weights.get(WeightLayout.FINAL_GAIN), weights.get(WeightLayout.FINAL_SHIFT));
    }

    @Override
    public void close() {
        causal.close();
        distance.close();
        causalMemory.close();
        distanceMemory.close();
    }

    private Tensor attention(int layer, Tensor x, long batch, long length, Tensor mask, Tensor distances) {
        int heads = shape.heads();
        int width = shape.headDimension();
        Tensor qkv = linear(
                norm(x, of(layer, "attention.gain"), of(layer, "attention.shift")),
                of(layer, "qkv.weight"),
                of(layer, "qkv.bias"));
        Tensor split = qkv.view(batch, length, 3, heads, width)
                .permute(2, 0, 3, 1, 4)
                .reshape(3, batch * heads, length, width);
        Tensor bias = of(layer, "distance")
                .index_select(1, distances)
                .view(heads, length, length)
                .add(mask)
                .unsqueeze(0)
                .expand(batch, heads, length, length)
                .reshape(batch * heads, length, length);
        Tensor scores =
                baddbmm(bias, split.select(0, 0), split.select(0, 1).transpose(1, 2), new Scalar(1f), new Scalar((float)
                        (1 / Math.sqrt(width))));
        Tensor mixed = bmm(softmax(scores, -1), split.select(0, 2));
        Tensor joined = mixed.view(batch, heads, length, width)
                .permute(0, 2, 1, 3)
                .reshape(batch * length, (long) heads * width);
        return linear(joined, of(layer, "out.weight"), of(layer, "out.bias"));
    }

    private Tensor feedForward(int layer, Tensor x) {
        Tensor normed = norm(x, of(layer, "forward.gain"), of(layer, "forward.shift"));
        Tensor hidden = gelu(linear(normed, of(layer, "up.weight"), of(layer, "up.bias")));
        return linear(hidden, of(layer, "down.weight"), of(layer, "down.bias"));
    }

    private Tensor norm(Tensor x, Tensor gain, Tensor shift) {
        return layer_norm(
                x,
                new long[] {shape.dimension()},
                new TensorOptional(gain),
                new TensorOptional(shift),
                NORM_EPSILON,
                false);
    }

    private Tensor of(int layer, String name) {
        return weights.get(WeightLayout.block(layer, name));
    }

    private static Tensor drop(Tensor x, @Nullable DropoutMasks dropout) {
        return dropout == null ? x : dropout.apply(x);
    }
}
