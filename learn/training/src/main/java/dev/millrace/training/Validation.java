package dev.millrace.training;

import static org.bytedeco.pytorch.global.torch.matmul;

import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Ranks the whole catalogue for users whose last action was kept back. Owned by the training thread. */
final class Validation {
    private static final int BATCH = 32;

    /** Scores per validation during learning: enough users for a standard error near 0.01 at little cost. */
    private static final long CELLS = 6_000_000;

    private static final int MIN_USERS = 100;
    private static final int DEPTH = 10;

    private final HoldOut holdOut;
    private final SequenceNetwork network;

    Validation(HoldOut holdOut, SequenceNetwork network) {
        this.holdOut = holdOut;
        this.network = network;
    }

    /** Mean quality over users. */
    record Quality(double ndcg10, double hr10) {}

    /** Over the part of the users that is cheap enough to be ranked again and again. */
    Quality quick() {
        long users = Math.max(MIN_USERS, CELLS / holdOut.itemCount());
        return over((int) Math.min(users, holdOut.validated().length));
    }

    /** Over all users, or as many as a few hundred million scores allow. */
    Quality full() {
        long users = Math.max(MIN_USERS, 50 * CELLS / holdOut.itemCount());
        return over((int) Math.min(users, holdOut.validated().length));
    }

    private Quality over(int users) {
        float[] scores = new float[BATCH * holdOut.itemCount()];
        double gains = 0;
        double hits = 0;
        for (int from = 0; from < users; from += BATCH) {
            int rows = Math.min(BATCH, users - from);
            score(from, rows, scores);
            for (int row = 0; row < rows; row++) {
                int[] sequence = holdOut.validated()[from + row];
                int rank = TargetRank.of(
                        scores,
                        row * holdOut.itemCount(),
                        holdOut.itemCount(),
                        sequence,
                        sequence.length - 1,
                        sequence[sequence.length - 1]);
                gains += TargetRank.gain(rank, DEPTH);
                hits += rank < DEPTH ? 1 : 0;
            }
        }
        return new Quality(gains / users, hits / users);
    }

    private void score(int from, int rows, float[] scores) {
        int limit = network.weights().layout().shape().historyLength();
        int length = 1;
        for (int row = 0; row < rows; row++) {
            length = Math.max(length, Math.min(limit, holdOut.validated()[from + row].length - 1));
        }
        int[] items = new int[rows * length];
        int[] last = new int[rows];
        for (int row = 0; row < rows; row++) {
            int[] sequence = holdOut.validated()[from + row];
            int[] history = TargetRank.newest(sequence, sequence.length - 1, length);
            System.arraycopy(history, 0, items, row * length, history.length);
            last[row] = row * length + history.length - 1;
        }
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor users = network.forward(IndexTensor.of(items, rows, length), null)
                    .index_select(0, IndexTensor.of(last, rows));
            Tensor all =
                    matmul(users, network.weights().get(WeightLayout.ITEMS).t()).contiguous();
            new FloatPointer(all.data_ptr_float()).get(scores, 0, rows * holdOut.itemCount());
        }
    }
}
