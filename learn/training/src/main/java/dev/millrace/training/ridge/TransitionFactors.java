package dev.millrace.training.ridge;

import static org.bytedeco.pytorch.global.torch.linalg_qr;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

import java.util.Random;

/**
 * Item vectors for a catalogue whose ridge system would not fit: the strongest directions of the items' transitions.
 *
 * <p>The matrix holds, for every pair, how often (decayed by distance) one item followed the other within five actions,
 * divided by the square root of both items' counts. It is never built: its product with a thin block is summed straight
 * from the sequences, so the memory is two blocks of items × dimension. A few rounds of orthogonal iteration on the
 * symmetric form give the vectors. Source: Halko, Martinsson and Tropp 2011.
 */
public final class TransitionFactors {
    private static final int REACH = 5;
    private static final int ROUNDS = 4;

    /** Added to each count, so that pairs of rare items do not dominate. */
    private static final float SMOOTHING = 5;

    private final int[][] sequences;
    private final int itemCount;
    private final int dimension;
    private final float[] scale;

    private TransitionFactors(int[][] sequences, int itemCount, int dimension) {
        this.sequences = sequences;
        this.itemCount = itemCount;
        this.dimension = dimension;
        this.scale = new float[itemCount];
        for (int[] sequence : sequences) {
            for (int item : sequence) {
                scale[item]++;
            }
        }
        for (int item = 0; item < itemCount; item++) {
            scale[item] = (float) (1 / Math.sqrt(scale[item] + SMOOTHING));
        }
    }

    /** Row-major items × dimension, scaled for the transformer to start from. */
    public static float[] of(int[][] sequences, int itemCount, int dimension, long seed) {
        return new TransitionFactors(sequences, itemCount, dimension).compute(seed);
    }

    private float[] compute(long seed) {
        Random random = new Random(seed);
        float[] block = new float[Math.multiplyExact(itemCount, dimension)];
        for (int i = 0; i < block.length; i++) {
            block[i] = (float) random.nextGaussian();
        }
        for (int round = 0; round < ROUNDS && itemCount > dimension; round++) {
            block = orthogonal(product(block));
        }
        return ItemFactors.withStd(itemCount > dimension ? product(block) : block, ItemFactors.START_STD);
    }

    private float[] product(float[] block) {
        float[] image = new float[block.length];
        for (int[] sequence : sequences) {
            for (int t = 1; t < sequence.length; t++) {
                for (int k = 0; k < Math.min(REACH, t); k++) {
                    addPair(sequence[t], sequence[t - 1 - k], SequentialRidge.weightOfAge(k), block, image);
                }
            }
        }
        return image;
    }

    private void addPair(int one, int other, float weight, float[] block, float[] image) {
        float scaled = weight * scale[one] * scale[other];
        int a = one * dimension;
        int b = other * dimension;
        for (int i = 0; i < dimension; i++) {
            image[a + i] += scaled * block[b + i];
            image[b + i] += scaled * block[a + i];
        }
    }

    private float[] orthogonal(float[] block) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor basis =
                    linalg_qr(Tensor.create(block, itemCount, dimension)).get0().contiguous();
            float[] copy = new float[block.length];
            new FloatPointer(basis.data_ptr_float()).get(copy);
            return copy;
        }
    }
}
