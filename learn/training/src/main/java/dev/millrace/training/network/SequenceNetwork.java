package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of the sequence model: histories in, one user vector per position out. Owned by the training thread.
 *
 * <p>A causal network of the SASRec family: item vectors × √d, then per block a layer norm, a {@link Mixer} that looks from
 * each position to itself and those before it, a second layer norm and a GELU layer; a last layer norm. There are no
 * absolute positions, so a history padded on either side gives the same vector. The score of an item is the dot product
 * of the user vector and the same item vector that reads the history; where item vectors are shorter than the network is
 * wide, one matrix leads in and another out.
 *
 * <p>Sources: Kang and McAuley 2018 (SASRec); Raffel et al. 2020 (learned bias per distance).
 */
public final class SequenceNetwork implements AutoCloseable {
    public static final double NORM_EPSILON = 1e-5;

    /** Added to the score of a position that must not be seen; finite, so that a row of them stays finite. */
    public static final float MASKED = -1e9f;

    private final NativeWeights weights;
    private final ModelShape shape;
    private final Mixer mixer;

    /** @param weights as the layout of the shape has them */
    public SequenceNetwork(NativeWeights weights, ModelShape shape) {
        this.weights = weights;
        this.shape = shape;
        this.mixer = Mixer.of(weights, shape);
    }

    public NativeWeights weights() {
        return weights;
    }

    public ModelShape shape() {
        return shape;
    }

    /**
     * @param items batch × length item indexes, each history starting at column 0; what fills a short row does not matter
     * @param dropout null outside of learning
     * @return (batch · length) × item dimension
     */
    public Tensor forward(Tensor items, @Nullable DropoutMasks dropout) {
        return users(states(items, dropout));
    }

    /** The user vectors of the network's last states. */
    public Tensor users(Tensor states) {
        return shape.isProjected() ? linear(states, weights.get(SequenceLayout.ANSWER)) : states;
    }

    /** As {@link #forward}, but (batch · length) × dimension: what the network knows before it is made a user vector. */
    public Tensor states(Tensor items, @Nullable DropoutMasks dropout) {
        long batch = items.size(0);
        long length = items.size(1);
        Tensor x = drop(read(items.reshape(-1)), dropout);
        for (int layer = 0; layer < shape.layers(); layer++) {
            Tensor normed = norm(x, of(layer, "mixing.gain"), of(layer, "mixing.shift"));
            x = x.add(drop(mixer.mix(layer, normed, batch, length), dropout));
            x = x.add(drop(feedForward(layer, x), dropout));
        }
        return norm(x, weights.get(SequenceLayout.FINAL_GAIN), weights.get(SequenceLayout.FINAL_SHIFT));
    }

    @Override
    public void close() {
        mixer.close();
    }

    private Tensor read(Tensor items) {
        Tensor vectors = weights.get(SequenceLayout.ITEMS)
                .index_select(0, items)
                .mul(new Scalar((float) Math.sqrt(shape.dimension())));
        return shape.isProjected() ? linear(vectors, weights.get(SequenceLayout.READ)) : vectors;
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
        return weights.get(SequenceLayout.block(layer, name));
    }

    private static Tensor drop(Tensor x, @Nullable DropoutMasks dropout) {
        return dropout == null ? x : dropout.apply(x);
    }
}
