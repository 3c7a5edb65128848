package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.matmul;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/** What the engine can do at all: the rate of its plain matrix product, beside which a training's rate is judged. */
public final class MatrixRate {
    private static final int SIDE = 1024;
    private static final int ROUNDS = 12;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private MatrixRate() {}

    /** Billions of operations a processor second of one thread, at the median of some products of square matrices. */
    public static double gigaflops() {
        torch.set_num_threads(1);
        long[] nanos = new long[ROUNDS];
        float[] values = new float[SIDE * SIDE];
        Arrays.fill(values, 0.5f);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor left = Tensor.create(values, SIDE, SIDE);
            Tensor right = Tensor.create(values, SIDE, SIDE);
            for (int round = 0; round < ROUNDS; round++) {
                long start = THREADS.getCurrentThreadCpuTime();
                matmul(left, right).close();
                nanos[round] = THREADS.getCurrentThreadCpuTime() - start;
            }
        }
        Arrays.sort(nanos);
        return 2.0 * SIDE * SIDE * SIDE / nanos[ROUNDS / 2];
    }
}
