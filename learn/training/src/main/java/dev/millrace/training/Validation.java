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

    /** Users of a validation during learning: a standard error near 0.01 for half a processor second. */
    private static final long QUICK_USERS = 1_500;

    /** Scores of a validation during learning: bounds its cost on large catalogues. */
    private static final long CELLS = 6_000_000;

    /** The same for the last validation, which gives the published figures. */
    private static final long FULL_USERS = 10_000;

    private static final long FULL_CELLS = 10 * CELLS;

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
        return over(users(QUICK_USERS, CELLS));
    }

    /** Over all users, up to a number that is plenty. */
    Quality full() {
        return over(users(FULL_USERS, FULL_CELLS));
    }

    /** How many times the cost of a quick validation a full one takes. */
    double fullCostRatio() {
        return users(FULL_USERS, FULL_CELLS) / (double) users(QUICK_USERS, CELLS);
    }

    private int users(long limit, long cells) {
        long affordable = Math.max(MIN_USERS, Math.min(limit, cells / holdOut.itemCount()));
        return (int) Math.min(affordable, holdOut.validated().length);
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
