package dev.millrace.training.distill;

import static org.bytedeco.pytorch.global.torch.logsumexp;
import static org.bytedeco.pytorch.global.torch.matmul;

import dev.millrace.model.ItemId;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.WeightedRidge;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A trained model that is asked what it thinks of the positions of a student's sequences. Owned by the training thread.
 *
 * <p>Teacher and student may number items differently and need not know the same: what the teacher does not know is left
 * out of its history, and what it gives to items that the student does not know counts as given to the rest.
 */
final class Teacher implements AutoCloseable {
    private final NativeWeights weights;
    private final SequenceNetwork network;
    private final ModelShape shape;
    private final @Nullable WeightedRidge ridge;
    /** The teacher's number of each of the student's items; −1 for those that it does not know. */
    private final int[] known;
    /** The student's number of each of the teacher's items; −1 likewise. */
    private final int[] back;

    Teacher(TrainedModel model, List<ItemId> vocabulary) {
        weights = new NativeWeights(model.layout());
        weights.write(model.weights());
        network = new SequenceNetwork(weights, model.layout().shape());
        shape = model.layout().shape();
        ridge = model.ridge();
        known = numbers(vocabulary, model.vocabulary());
        back = numbers(model.vocabulary(), vocabulary);
    }

    int historyLength() {
        return shape.historyLength();
    }

    /** A sequence of the student's items as it numbers them; −1 for those that it does not know. */
    int[] translate(int[] sequence) {
        int[] translated = new int[sequence.length];
        for (int i = 0; i < sequence.length; i++) {
            translated[i] = known[sequence[i]];
        }
        return translated;
    }

    /**
     * What it thinks of some positions of a batch of windows; within the caller's pointer scope.
     *
     * @param kept how many of the items that it ranks first are told
     */
    Opinion ask(Windows windows, double temperature, int kept) {
        try (NoGradGuard _ = new NoGradGuard()) {
            int wanted = windows.positions().length;
            Tensor users = network.forward(IndexTensor.of(windows.items(), windows.rows(), windows.length()), null)
                    .index_select(0, IndexTensor.of(windows.positions(), wanted));
            Tensor scores = matmul(users, weights.get(SequenceLayout.ITEMS).t());
            if (ridge != null) {
                scores = scores.add_(ridgeScores(ridge.term(), windows), new Scalar(ridge.weight()));
            }
            Tensor softened = scores.div_(new Scalar((float) temperature));
            Tensor all = logsumexp(softened, 1L);
            T_TensorTensor_T best = softened.topk(kept);
            Tensor shares = best.get0().sub(all.unsqueeze(1)).exp();
            return new Opinion(numbers(best.get1(), wanted * kept), floats(shares), floats(users));
        }
    }

    @Override
    public void close() {
        network.close();
        weights.close();
    }

    private static Tensor ridgeScores(RidgeTerm term, Windows windows) {
        int wanted = windows.positions().length;
        float[] sums = new float[wanted * term.rank()];
        for (int i = 0; i < wanted; i++) {
            term.sum(windows.histories()[i], windows.ends()[i], sums, i * term.rank());
        }
        Tensor said = Tensor.create(sums, wanted, term.rank());
        return matmul(
                said,
                Tensor.create(term.answers(), term.itemCount(), term.rank()).t());
    }

    private int[] numbers(Tensor indexes, int count) {
        long[] own = new long[count];
        new LongPointer(indexes.contiguous().data_ptr_long()).get(own);
        int[] students = new int[count];
        for (int i = 0; i < count; i++) {
            students[i] = back[(int) own[i]];
        }
        return students;
    }

    private static float[] floats(Tensor tensor) {
        Tensor rows = tensor.contiguous();
        float[] copy = new float[Math.toIntExact(rows.numel())];
        new FloatPointer(rows.data_ptr_float()).get(copy);
        return copy;
    }

    private static int[] numbers(List<ItemId> of, List<ItemId> in) {
        Map<ItemId, Integer> places = new HashMap<>();
        for (int i = 0; i < in.size(); i++) {
            places.put(in.get(i), i);
        }
        int[] numbers = new int[of.size()];
        Arrays.setAll(numbers, i -> places.getOrDefault(of.get(i), -1));
        return numbers;
    }

    /**
     * Windows of equal length in the teacher's numbers, and of which of their places its opinion is wanted.
     *
     * @param positions row-major places in the windows
     * @param histories the whole sequence behind each of these places
     * @param ends how much of that sequence precedes the answer
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Windows(int rows, int length, int[] items, int[] positions, int[][] histories, int[] ends) {}

    /**
     * One position after another.
     *
     * @param items the student's numbers of the items that the teacher ranks first; −1 for one that the student does not know
     * @param shares what the teacher gives to each of them, of 1
     * @param users its user vectors
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Opinion(int[] items, float[] shares, float[] users) {}
}
