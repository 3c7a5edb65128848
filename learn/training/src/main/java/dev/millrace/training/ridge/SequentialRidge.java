package dev.millrace.training.ridge;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

import java.nio.FloatBuffer;

/**
 * A linear next-item model in closed form: the next item is regressed on the decayed sum of the items before it.
 * Immutable once fitted; {@link #close} frees its native memory.
 *
 * <p>For every position {@code t}, {@code a_t = Σ_k 0.8^(k−1) e(x_{t−k})} over the 20 items before it; {@code G = Σ a_t
 * a_tᵀ + 200 I}, {@code H = Σ a_t e(x_t)ᵀ}, {@code W = G⁻¹ H}; the scores of all items are {@code aᵀ W}. Two matrices of
 * items² floats; n³/3 operations for the Cholesky factor and 2 n³ for the solve. Decay and ridge were chosen on
 * MovieLens-1M among 0.5–0.9.
 */
public final class SequentialRidge implements AutoCloseable {
    public static final double DECAY = 0.8;
    public static final int REACH = 20;
    private static final float RIDGE = 200;

    private static final float[] DECAYS = decays();

    private final int itemCount;
    /** Column-major: the lower triangle of G's Cholesky factor, zeros above it. */
    private final FloatPointer factor;
    /** Column-major: the weights by which all history items vote for target c lie together at c · n. */
    private final FloatPointer byTarget;

    private SequentialRidge(int itemCount, FloatPointer factor, FloatPointer byTarget) {
        this.itemCount = itemCount;
        this.factor = factor;
        this.byTarget = byTarget;
    }

    /** The native memory that it takes until it is closed. */
    public static long fittingBytes(int itemCount) {
        return 2L * itemCount * itemCount * Float.BYTES;
    }

    public static SequentialRidge fit(int[][] sequences, int itemCount) {
        long cells = (long) itemCount * itemCount;
        FloatPointer gram = new FloatPointer(cells);
        FloatPointer targets = new FloatPointer(cells);
        try {
            accumulate(sequences, itemCount, gram.asBuffer(), targets.asBuffer());
            solve(itemCount, gram, targets);
            return new SequentialRidge(itemCount, gram, targets);
        } catch (RuntimeException e) {
            gram.close();
            targets.close();
            throw e;
        }
    }

    public int itemCount() {
        return itemCount;
    }

    /** Items × items, row c = votes for target c: valid until {@link #close}. */
    FloatPointer byTarget() {
        return byTarget;
    }

    /** Items × items, row c = column c of the Cholesky factor: valid until {@link #close}. */
    FloatPointer factor() {
        return factor;
    }

    /** Copies the weights by which every history item votes for one target. */
    public void votesFor(int target, float[] into) {
        byTarget.position((long) target * itemCount).get(into, 0, itemCount);
        byTarget.position(0);
    }

    /** How much the item that stands {@code age} actions before the newest speaks. */
    public static float weightOfAge(int age) {
        return age < REACH ? DECAYS[age] : 0;
    }

    @Override
    public void close() {
        factor.close();
        byTarget.close();
    }

    private static void accumulate(int[][] sequences, int n, FloatBuffer gram, FloatBuffer targets) {
        fill(gram, n);
        fill(targets, n);
        for (int i = 0; i < n; i++) {
            gram.put(i * n + i, RIDGE);
        }
        for (int[] sequence : sequences) {
            for (int t = 1; t < sequence.length; t++) {
                add(sequence, t, n, gram, targets);
            }
        }
    }

    /** Adds one position; of the symmetric matrix only the lower triangle in column-major order. */
    private static void add(int[] sequence, int t, int n, FloatBuffer gram, FloatBuffer targets) {
        int reach = Math.min(REACH, t);
        int target = sequence[t] * n;
        for (int k = 0; k < reach; k++) {
            int item = sequence[t - 1 - k];
            float weight = DECAYS[k];
            targets.put(target + item, targets.get(target + item) + weight);
            for (int j = 0; j <= k; j++) {
                int other = sequence[t - 1 - j];
                int place = Math.min(item, other) * n + Math.max(item, other);
                float twice = item == other && j != k ? 2 : 1;
                gram.put(place, gram.get(place) + twice * weight * DECAYS[j]);
            }
        }
    }

    private static void fill(FloatBuffer buffer, int n) {
        float[] zeros = new float[n];
        for (int row = 0; row < n; row++) {
            buffer.put(row * n, zeros);
        }
    }

    private static void solve(int n, FloatPointer gram, FloatPointer targets) {
        int factored = openblas.LAPACKE_spotrf(openblas.LAPACK_COL_MAJOR, (byte) 'L', n, gram, n);
        require(factored, "factor", n);
        int solved = openblas.LAPACKE_spotrs(openblas.LAPACK_COL_MAJOR, (byte) 'L', n, n, gram, n, targets, n);
        require(solved, "solve", n);
    }

    private static void require(int code, String step, int n) {
        if (code != 0) {
            throw new MillraceException(
                    ErrorCode.INTERNAL,
                    "cannot " + step + " the " + n + " × " + n + " ridge system: LAPACK answered " + code
                            + "; lower ridgeItemLimit to start without it");
        }
    }

    private static float[] decays() {
        float[] decays = new float[REACH];
        for (int k = 0; k < REACH; k++) {
            decays[k] = (float) Math.pow(DECAY, k);
        }
        return decays;
    }
}
