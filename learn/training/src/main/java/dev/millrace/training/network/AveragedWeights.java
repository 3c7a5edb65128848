package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.from_blob;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The mean of all weights over the newest steps, the older the less. Owned by the training thread.
 *
 * <p>The noise of single batches is averaged out of it, so it ranks better than any of the weights that went into it, long
 * before the learning rate is small. Source: Polyak and Juditsky 1992, with an exponential window.
 */
public final class AveragedWeights implements AutoCloseable {
    private final NativeWeights weights;
    private final FloatPointer memory;
    private final Tensor average;
    private final double largestDecay;

    /** @param steps the length of the window */
    public AveragedWeights(NativeWeights weights, int steps) {
        this.weights = weights;
        this.memory = new FloatPointer(weights.layout().length());
        this.average = from_blob(memory, weights.layout().length());
        this.largestDecay = 1 - 1.0 / steps;
        average.zero_();
    }

    /** Takes the present weights in; while there were few steps, the window is a tenth of them. */
    public void add(long step) {
        double decay = Math.min(largestDecay, (1.0 + step) / (10.0 + step));
        average.lerp_(weights.flat(), new Scalar((float) (1 - (step == 0 ? 0 : decay))));
    }

    public float[] read() {
        float[] copy = new float[weights.layout().length()];
        memory.position(0).get(copy);
        return copy;
    }

    public void write(float[] all) {
        memory.position(0).put(all);
    }

    @Override
    public void close() {
        average.close();
        memory.close();
    }
}
