package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.from_blob;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;

import java.util.SplittableRandom;

/**
 * Dropout whose masks are slices, at random offsets, of one long random mask. Owned by the training thread.
 *
 * <p>Drawing a random number per activation costs libtorch's processor path about as much as a small matrix product; a
 * slice costs nothing, and with a pool many times longer than a mask the repetition is harmless.
 */
public final class DropoutMasks implements AutoCloseable {
    private static final int POOL = 1 << 20;

    private final double share;
    private final SplittableRandom random;
    private final FloatPointer pool = new FloatPointer(POOL);
    private final Tensor mask = from_blob(pool, POOL);

    public DropoutMasks(double share, long seed) {
        this.share = share;
        this.random = new SplittableRandom(seed);
        float[] values = new float[POOL];
        float kept = (float) (1 / (1 - share));
        for (int i = 0; i < POOL; i++) {
            values[i] = random.nextDouble() < share ? 0 : kept;
        }
        pool.put(values);
    }

    /** Zeroes a share of the activations and scales the others up. */
    public Tensor apply(Tensor activations) {
        long length = activations.numel();
        if (share == 0 || length > POOL) {
            return activations;
        }
        // Offsets that are multiples of 16 floats keep vector loads aligned.
        long offset = random.nextLong((POOL - length) / 16 + 1) * 16;
        return activations.mul(mask.narrow(0, offset, length).view_as(activations));
    }

    @Override
    public void close() {
        mask.close();
        pool.close();
    }
}
