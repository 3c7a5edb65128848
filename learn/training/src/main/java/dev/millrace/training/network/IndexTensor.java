package dev.millrace.training.network;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Makes tensors of indexes, which libtorch wants as 64-bit numbers. */
public final class IndexTensor {
    static final TensorOptions OPTIONS = new TensorOptions().dtype(new ScalarTypeOptional(ScalarType.Long));

    private IndexTensor() {}

    /** A copy; freed with the scope it is made in. */
    public static Tensor of(int[] values, long... shape) {
        long[] wide = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return Tensor.create(wide, shape);
    }
}
