package dev.millrace.training;

import static org.bytedeco.pytorch.global.torch.matmul;

import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.WeightedRidge;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

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

    /** Weights that are tried for the ridge: none, and 1/4 to 256 in steps of √2. */
    private static final int MIX_STEPS = 22;

    private static final double FIRST_MIX = 0.25;

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
        return over(users(QUICK_USERS, CELLS), this::score);
    }

    /** Over all users, up to a number that is plenty. */
    Quality full() {
        return over(users(FULL_USERS, FULL_CELLS), this::score);
    }

    /** How many times the cost of a quick validation a full one takes. */
    double fullCostRatio() {
        return users(FULL_USERS, FULL_CELLS) / (double) users(QUICK_USERS, CELLS);
    }

    private int users(long limit, long cells) {
        long affordable = Math.max(MIN_USERS, Math.min(limit, cells / holdOut.itemCount()));
        return (int) Math.min(affordable, holdOut.validated().length);
    }

    /**
     * The weight at which the ridge's scores, added to the network's, rank best over as many users as {@link #full}; null
     * where they are best left out.
     */
    @Nullable
    WeightedRidge bestMix(RidgeTerm ridge) {
        int users = users(FULL_USERS, FULL_CELLS);
        int items = holdOut.itemCount();
        double[] gains = new double[MIX_STEPS];
        float[] scores = new float[BATCH * items];
        float[] added = new float[BATCH * items];
        float[] mixed = new float[items];
        for (int from = 0; from < users; from += BATCH) {
            int rows = Math.min(BATCH, users - from);
            score(from, rows, scores);
            ridgeScores(ridge, from, rows, added);
            for (int row = 0; row < rows; row++) {
                for (int step = 0; step < MIX_STEPS; step++) {
                    mix(scores, added, row * items, mixWeight(step), mixed);
                    gains[step] += TargetRank.gain(rank(from + row, mixed, 0), DEPTH);
                }
            }
        }
        int best = 0;
        for (int step = 1; step < MIX_STEPS; step++) {
            best = gains[step] > gains[best] ? step : best;
        }
        return best == 0 ? null : new WeightedRidge(ridge, mixWeight(best));
    }

    /** As {@link #full}, with a ridge added. */
    Quality full(WeightedRidge ridge) {
        float[] added = new float[BATCH * holdOut.itemCount()];
        return over(users(FULL_USERS, FULL_CELLS), (from, rows, scores) -> {
            score(from, rows, scores);
            ridgeScores(ridge.term(), from, rows, added);
            for (int i = 0; i < rows * holdOut.itemCount(); i++) {
                scores[i] += ridge.weight() * added[i];
            }
        });
    }

    /** 0, then a geometric row: the scales of both scores differ from data set to data set. */
    private static float mixWeight(int step) {
        return step == 0 ? 0 : (float) (FIRST_MIX * Math.pow(2, (step - 1) / 2.0));
    }

    private static void mix(float[] scores, float[] added, int offset, float weight, float[] into) {
        for (int item = 0; item < into.length; item++) {
            into[item] = scores[offset + item] + weight * added[offset + item];
        }
    }

    /** Fills the scores of some users, one row after another. */
    private interface Scorer {
        void score(int from, int rows, float[] scores);
    }

    private Quality over(int users, Scorer scorer) {
        float[] scores = new float[BATCH * holdOut.itemCount()];
        double gains = 0;
        double hits = 0;
        for (int from = 0; from < users; from += BATCH) {
            int rows = Math.min(BATCH, users - from);
            scorer.score(from, rows, scores);
            for (int row = 0; row < rows; row++) {
                int rank = rank(from + row, scores, row * holdOut.itemCount());
                gains += TargetRank.gain(rank, DEPTH);
                hits += rank < DEPTH ? 1 : 0;
            }
        }
        return new Quality(gains / users, hits / users);
    }

    private int rank(int user, float[] scores, int offset) {
        int[] sequence = holdOut.validated()[user];
        int known = sequence.length - 1;
        return TargetRank.of(scores, offset, holdOut.itemCount(), sequence, known, sequence[known]);
    }

    private void ridgeScores(RidgeTerm ridge, int from, int rows, float[] scores) {
        float[] sums = new float[rows * ridge.rank()];
        for (int row = 0; row < rows; row++) {
            int[] sequence = holdOut.validated()[from + row];
            ridge.sum(sequence, sequence.length - 1, sums, row * ridge.rank());
        }
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor answers = Tensor.create(ridge.answers(), holdOut.itemCount(), ridge.rank());
            Tensor all =
                    matmul(Tensor.create(sums, rows, ridge.rank()), answers.t()).contiguous();
            new FloatPointer(all.data_ptr_float()).get(scores, 0, rows * holdOut.itemCount());
        }
    }

    private void score(int from, int rows, float[] scores) {
        int limit = network.shape().historyLength();
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
            Tensor all = matmul(
                            users, network.weights().get(SequenceLayout.ITEMS).t())
                    .contiguous();
            new FloatPointer(all.data_ptr_float()).get(scores, 0, rows * holdOut.itemCount());
        }
    }
}
