package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.logsumexp;
import static org.bytedeco.pytorch.global.torch.matmul;
import static org.bytedeco.pytorch.global.torch.softplus;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The loss on labels: cross-entropy of the right item against {@link DrawnItems}, or against the whole catalogue where as
 * many are drawn as there are. Owned by the training thread.
 *
 * <p>With {@code p} the right logit and {@code n} the others' log-sum-exp, the loss is {@code softplus(n − p)}.
 */
public final class SampledSoftmax implements AutoCloseable {
    /** Null for the full softmax. */
    private final @Nullable DrawnItems drawn;

    /** @param maxPositions the largest number of positions that a batch may have */
    public SampledSoftmax(int itemCount, int negatives, int maxPositions, long seed) {
        this.drawn = negatives >= itemCount ? null : new DrawnItems(itemCount, negatives, 1, maxPositions, seed);
    }

    /**
     * The mean loss of a batch; go backward through it before the next call or {@link #close}, which reuse its memory.
     *
     * @param users one vector per position
     * @param items the item vectors
     * @param targets the right item of each position, on both sides of the native border
     */
    public Tensor loss(Tensor users, Tensor items, int[] targets, int count, Tensor targetTensor) {
        Tensor right = users.mul(items.index_select(0, targetTensor)).sum(1);
        if (drawn == null) {
            return logsumexp(matmul(users, items.t()), 1L).sub(right).mean();
        }
        Tensor wrong = drawn.scores(users, items, targets, count);
        return softplus(logsumexp(wrong, 1L).sub(right)).mean();
    }

    @Override
    public void close() {
        if (drawn != null) {
            drawn.close();
        }
    }
}
