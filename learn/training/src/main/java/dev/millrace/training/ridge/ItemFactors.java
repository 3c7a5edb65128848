package dev.millrace.training.ridge;

import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.linalg_svd;
import static org.bytedeco.pytorch.global.torch.matmul;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;

import java.util.Random;

/**
 * The strongest directions of an items × items matrix as item vectors: {@code V √S} of its truncated singular value
 * decomposition, columns in falling order, scaled to the spread that the transformer wants to start from.
 *
 * <p>Subspace iteration from a random start: a few products with the matrix and its transpose, orthogonalised between.
 * Source: Halko, Martinsson and Tropp 2011.
 */
public final class ItemFactors {
    /** Spread of the item vectors at the start of learning, found on MovieLens-1M. */
    public static final float START_STD = 0.06f;

    private static final int OVERSAMPLING = 16;
    private static final int ITERATIONS = 4;

    private ItemFactors() {}

    /** Row-major items × dimension; directions beyond the matrix's rank are small random numbers. */
    public static float[] ofRidge(SequentialRidge ridge, int dimension, long seed) {
        int n = ridge.itemCount();
        int rank = Math.min(n, dimension + OVERSAMPLING);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor byTarget = from_blob(ridge.byTarget(), n, n);
            Tensor basis = gaussian(n, rank, seed);
            for (int i = 0; i < ITERATIONS; i++) {
                Tensor images = matmul(byTarget.t(), basis);
                basis = linalg_qr(matmul(byTarget, images)).get0();
            }
            T_TensorTensorTensor_T svd = linalg_svd(matmul(byTarget.t(), basis));
            Tensor factors = matmul(basis, svd.get2().t()).mul(svd.get1().sqrt().unsqueeze(0));
            return scaled(factors, n, rank, dimension, seed);
        }
    }

    private static float[] scaled(Tensor factors, int n, int rank, int dimension, long seed) {
        float[] all = new float[n * rank];
        new FloatPointer(factors.contiguous().data_ptr_float()).get(all);
        Random random = new Random(seed);
        float[] vectors = new float[n * dimension];
        for (int item = 0; item < n; item++) {
            for (int i = 0; i < dimension; i++) {
                vectors[item * dimension + i] = i < rank ? all[item * rank + i] : (float) random.nextGaussian() * 1e-4f;
            }
        }
        return withStd(vectors, START_STD);
    }

    /** Scales the vectors in place to the given root mean square. */
    static float[] withStd(float[] vectors, float std) {
        double squares = 0;
        for (float value : vectors) {
            squares += (double) value * value;
        }
        float scale = squares == 0 ? 1 : (float) (std / Math.sqrt(squares / vectors.length));
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] *= scale;
        }
        return vectors;
    }

    static Tensor gaussian(int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.create(values, rows, columns);
    }
}
