package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.from_blob;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Adam over all weights at once, after clipping the norm of the gradient. Owned by the training thread.
 *
 * <p>Source: Kingma and Ba 2015; the second moment's decay of 0.98 is the usual one for short transformer runs.
 */
public final class AdamOptimizer implements AutoCloseable {
    private static final double FIRST_DECAY = 0.9;
    private static final double SECOND_DECAY = 0.98;
    private static final double EPSILON = 1e-8;
    private static final double MAX_NORM = 1.0;

    private final NativeWeights weights;
    private final FloatPointer firstMemory;
    private final FloatPointer secondMemory;
    private final Tensor first;
    private final Tensor second;
    private long steps;

    public AdamOptimizer(NativeWeights weights) {
        this.weights = weights;
        int length = weights.layout().length();
        firstMemory = new FloatPointer(length);
        secondMemory = new FloatPointer(length);
        first = from_blob(firstMemory, length);
        second = from_blob(secondMemory, length);
        first.zero_();
        second.zero_();
    }

    /** Moves the weights against the gradient and clears it. */
    public void step(double learningRate) {
        steps++;
        Tensor gradient = weights.flatGradient();
        double norm = gradient.norm().item_float();
        if (norm > MAX_NORM) {
            gradient.mul_(new Scalar((float) (MAX_NORM / norm)));
        }
        first.lerp_(gradient, new Scalar((float) (1 - FIRST_DECAY)));
        second.mul_(new Scalar((float) SECOND_DECAY));
        second.addcmul_(gradient, gradient, new Scalar((float) (1 - SECOND_DECAY)));
        double secondCorrection = Math.sqrt(1 - Math.pow(SECOND_DECAY, (double) steps));
        Tensor divisor = second.sqrt().add_(new Scalar((float) (EPSILON * secondCorrection)));
        double rate = learningRate * secondCorrection / (1 - Math.pow(FIRST_DECAY, (double) steps));
        weights.flat().addcdiv_(first, divisor, new Scalar((float) -rate));
        gradient.zero_();
    }

    /** The moments and the step count, for a checkpoint. */
    public State state() {
        int length = weights.layout().length();
        float[] firstCopy = new float[length];
        float[] secondCopy = new float[length];
        firstMemory.position(0).get(firstCopy);
        secondMemory.position(0).get(secondCopy);
        return new State(steps, firstCopy, secondCopy);
    }

    public void restore(State state) {
        steps = state.steps();
        firstMemory.position(0).put(state.first());
        secondMemory.position(0).put(state.second());
    }

    @Override
    public void close() {
        first.close();
        second.close();
        firstMemory.close();
        secondMemory.close();
    }

    /** What Adam remembers between steps. */
    @SuppressWarnings("ArrayRecordComponent") // large, and never compared
    public record State(long steps, float[] first, float[] second) {}
}
