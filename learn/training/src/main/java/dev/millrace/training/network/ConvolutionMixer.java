package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.linear;

import org.bytedeco.pytorch.Tensor;

/**
 * A gated causal convolution, channel by channel: the decayed sum of a linear model, with learned weights per channel and a
 * gate that depends on the present item. Owned by the training thread.
 *
 * <p>Source: the gated linear units of Dauphin et al. 2017, with a depthwise kernel.
 */
final class ConvolutionMixer implements Mixer {
    private final NativeWeights weights;
    private final int dimension;
    private final int reach;

    ConvolutionMixer(NativeWeights weights, ModelShape shape) {
        this.weights = weights;
        this.dimension = shape.dimension();
        this.reach = shape.reach();
    }

    @Override
    public Tensor mix(int layer, Tensor normed, long batch, long length) {
        Tensor gated = linear(normed, of(layer, "gated.weight"), of(layer, "gated.bias"))
                .view(batch, length, 2L * dimension);
        // The window at a position ends with it: its last place is distance 0.
        Tensor windows = constant_pad_nd(gated.narrow(2, 0, dimension), 0, 0, reach - 1L, 0)
                .unfold(1, reach, 1);
        Tensor mixed = windows.mul(of(layer, "kernel").flip(1)).sum(-1);
        Tensor open = mixed.mul(gated.narrow(2, dimension, dimension).sigmoid());
        return linear(open.reshape(batch * length, dimension), of(layer, "out.weight"), of(layer, "out.bias"));
    }

    @Override
    public void close() {
        // It keeps no memory of its own.
    }

    private Tensor of(int layer, String name) {
        return weights.get(SequenceLayout.block(layer, name));
    }
}
