package dev.millrace.training.ridge;

import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.matmul;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/**
 * The closed-form ridge at a low rank: small enough to be served, and nearly as good. Immutable by convention.
 *
 * <p>Idea: of all matrices of rank r, {@code W Q Qᵀ} with Q the strongest r directions of {@code Wᵀ G W} predicts what W
 * predicts with the least square error over the training data (reduced-rank regression, Izenman 1975), which a truncated
 * decomposition of W alone does not. With the Cholesky factor L of G these are the right singular vectors of {@code Lᵀ W};
 * they are found by subspace iteration (Halko, Martinsson and Tropp 2011).
 *
 * @param rank r
 * @param votes items × rank, {@code W Q}: what an item of the history says
 * @param answers items × rank, {@code Q}: what each target hears
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record RidgeTerm(int rank, float[] votes, float[] answers) {
    private static final int ITERATIONS = 6;

    /** @param largestRank the rank, unless there are fewer items */
    public static RidgeTerm of(SequentialRidge ridge, int largestRank, long seed) {
        int n = ridge.itemCount();
        int rank = Math.min(largestRank, n);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            // Both are column-major, so that libtorch, which reads by rows, sees their transposes.
            Tensor byTarget = from_blob(ridge.byTarget(), n, n);
            Tensor upper = from_blob(ridge.factor(), n, n);
            Tensor basis = ItemFactors.gaussian(n, rank, seed);
            for (int i = 0; i < ITERATIONS; i++) {
                Tensor images = matmul(upper, matmul(byTarget.t(), basis));
                basis = linalg_qr(matmul(byTarget, matmul(upper.t(), images))).get0();
            }
            return new RidgeTerm(rank, floats(matmul(byTarget.t(), basis)), floats(basis));
        }
    }

    public int itemCount() {
        return votes.length / rank;
    }

    /**
     * What a history says: the sum of its newest items' votes, decayed by age.
     *
     * @param into receives {@code rank} floats from {@code offset} on
     */
    public void sum(int[] history, int count, float[] into, int offset) {
        Arrays.fill(into, offset, offset + rank, 0);
        for (int age = 0; age < Math.min(SequentialRidge.REACH, count); age++) {
            float weight = SequentialRidge.weightOfAge(age);
            int from = history[count - 1 - age] * rank;
            for (int i = 0; i < rank; i++) {
                into[offset + i] += weight * votes[from + i];
            }
        }
    }

    private static float[] floats(Tensor tensor) {
        Tensor rows = tensor.contiguous();
        float[] copy = new float[Math.toIntExact(rows.numel())];
        new FloatPointer(rows.data_ptr_float()).get(copy);
        return copy;
    }
}
