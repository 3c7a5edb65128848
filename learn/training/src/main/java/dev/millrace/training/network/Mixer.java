package dev.millrace.training.network;

import org.bytedeco.pytorch.Tensor;

/** The part of a block that looks back. Owned by the training thread. */
sealed interface Mixer extends AutoCloseable permits AttentionMixer, ConvolutionMixer {
    /**
     * @param normed (batch · length) × dimension, histories starting at column 0
     * @return what is added to the block's input, of the same shape
     */
    Tensor mix(int layer, Tensor normed, long batch, long length);

    @Override
    void close();

    static Mixer of(NativeWeights weights, ModelShape shape) {
        return switch (shape.mixing()) {
            case ATTENTION -> new AttentionMixer(weights, shape);
            case CONVOLUTION -> new ConvolutionMixer(weights, shape);
        };
    }
}
