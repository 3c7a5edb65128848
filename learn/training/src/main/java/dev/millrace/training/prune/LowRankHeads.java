package dev.millrace.training.prune;

import static org.bytedeco.pytorch.global.torch.linalg_svd;
import static org.bytedeco.pytorch.global.torch.matmul;

import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.BlockSize;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/**
 * Lowers the rank of each head's two matrices (stateless).
 *
 * <p>Idea: what a head finds alike is {@code x'(Q'K)y}, and what it adds is {@code (OV)y}; both are matrices of the network's
 * width whose rank is the length of a query, or of a value. The nearest matrix of a lower rank is the truncated singular value
 * decomposition, and its two factors are a head with shorter queries and keys, or values. Biases are one more column of each.
 * Source: Eckart and Young 1936.
 */
final class LowRankHeads {
    private final TrainedModel model;
    private final SequenceLayout layout;
    private final BlockSize before;
    private final int dimension;
    private final int rank;
    private final float[] to;

    private LowRankHeads(TrainedModel model, int rank) {
        ModelShape shape = model.layout().shape();
        this.model = model;
        this.before = shape.block();
        this.dimension = shape.dimension();
        this.rank = rank;
        this.layout = new SequenceLayout(
                shape.withBlock(new BlockSize(before.heads(), rank, before.feedForward())),
                model.vocabulary().size());
        this.to = new float[layout.length()];
    }

    /** @param rank the length of queries, keys and values, shorter than they are and no longer than the network is wide */
    static TrainedModel of(TrainedModel model, int rank) {
        return new LowRankHeads(model, rank).lowered();
    }

    private TrainedModel lowered() {
        layout.slots().forEach((name, slot) -> {
            WeightLayout.Slot old = model.layout().slot(name);
            if (Arrays.equals(old.shape(), slot.shape())) {
                System.arraycopy(model.weights(), old.offset(), to, slot.offset(), slot.length());
            }
        });
        // A score is divided by the root of the queries' length, which is shorter now.
        double root = Math.pow((double) rank / before.headDimension(), 0.25);
        for (int layer = 0; layer < layout.shape().layers(); layer++) {
            for (int head = 0; head < before.heads(); head++) {
                Factors alike =
                        nearest(inner(layer, 0, head), inner(layer, 1, head)).times(root);
                putInner(layer, 0, head, alike.left());
                putInner(layer, 1, head, alike.right());
                Factors added = nearest(answers(layer, head), inner(layer, 2, head));
                putAnswers(layer, head, added.left());
                putInner(layer, 2, head, added.right());
            }
        }
        return new TrainedModel(model.vocabulary(), layout, to, model.ridge(), model.course());
    }

    /** Two matrices with a row per element of a query or value. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Factors(float[] left, float[] right) {
        Factors times(double factor) {
            return new Factors(scaled(left, factor), scaled(right, factor));
        }

        private static float[] scaled(float[] values, double factor) {
            float[] scaled = values.clone();
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] *= (float) factor;
            }
            return scaled;
        }
    }

    /** The two with as many rows as the rank whose product, left transposed times right, is nearest to that of these. */
    private Factors nearest(float[] left, float[] right) {
        int width = before.headDimension();
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor product = matmul(
                    Tensor.create(left, width, left.length / width).t(),
                    Tensor.create(right, width, right.length / width));
            T_TensorTensorTensor_T svd = linalg_svd(product);
            Tensor roots = svd.get1().narrow(0, 0, rank).sqrt().unsqueeze(1);
            return new Factors(
                    copy(svd.get0().t().narrow(0, 0, rank).mul(roots)),
                    copy(svd.get2().narrow(0, 0, rank).mul(roots)));
        }
    }

    private static float[] copy(Tensor tensor) {
        float[] copy = new float[Math.toIntExact(tensor.numel())];
        new FloatPointer(tensor.contiguous().data_ptr_float()).get(copy);
        return copy;
    }

    /** A head's queries, keys or values: a row of weights and the bias per element. */
    private float[] inner(int layer, int part, int head) {
        int width = before.headDimension();
        int weight =
                model.layout().slot(SequenceLayout.block(layer, "qkv.weight")).offset();
        int bias = model.layout().slot(SequenceLayout.block(layer, "qkv.bias")).offset();
        float[] rows = new float[width * (dimension + 1)];
        for (int i = 0; i < width; i++) {
            int row = part * before.attention() + head * width + i;
            System.arraycopy(model.weights(), weight + row * dimension, rows, i * (dimension + 1), dimension);
            rows[i * (dimension + 1) + dimension] = model.weights()[bias + row];
        }
        return rows;
    }

    private void putInner(int layer, int part, int head, float[] rows) {
        int weight = layout.slot(SequenceLayout.block(layer, "qkv.weight")).offset();
        int bias = layout.slot(SequenceLayout.block(layer, "qkv.bias")).offset();
        for (int i = 0; i < rank; i++) {
            int row = (part * before.heads() + head) * rank + i;
            System.arraycopy(rows, i * (dimension + 1), to, weight + row * dimension, dimension);
            to[bias + row] = rows[i * (dimension + 1) + dimension];
        }
    }

    /** The weights that lead from a head's values: a row per element. */
    private float[] answers(int layer, int head) {
        int width = before.headDimension();
        int out = model.layout().slot(SequenceLayout.block(layer, "out.weight")).offset();
        float[] rows = new float[width * dimension];
        for (int i = 0; i < width; i++) {
            for (int row = 0; row < dimension; row++) {
                rows[i * dimension + row] = model.weights()[out + row * before.attention() + head * width + i];
            }
        }
        return rows;
    }

    private void putAnswers(int layer, int head, float[] rows) {
        int out = layout.slot(SequenceLayout.block(layer, "out.weight")).offset();
        for (int i = 0; i < rank; i++) {
            for (int row = 0; row < dimension; row++) {
                to[out + row * before.heads() * rank + head * rank + i] = rows[i * dimension + row];
            }
        }
    }
}
