package dev.millrace.training.bundle;

import static org.bytedeco.pytorch.global.torch.matmul;

import ai.onnxruntime.OrtException;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.ridge.WeightedRidge;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * Compares what was trained with what will be served, on real histories: libtorch on one side, the written graphs in
 * ONNX Runtime on the other. Stateless.
 */
public final class ParityCheck {
    /** The largest difference that may be published: a hundred times the rounding that is usual here. */
    public static final double LIMIT = 1e-4;

    private static final int HISTORIES = 200;

    private ParityCheck() {}

    /** The largest difference of any user vector's element or any score, relative to values above 1. */
    public static double largestDifference(TrainedModel model, BundleModel bundle, int[][] sequences)
            throws OrtException {
        double largest = 0;
        WeightedRidge ridge = model.ridge();
        try (NativeWeights weights = new NativeWeights(model.layout())) {
            weights.write(model.weights());
            try (SequenceNetwork network =
                    new SequenceNetwork(weights, model.layout().shape())) {
                int step = Math.max(1, sequences.length / HISTORIES);
                for (int user = 0; user < sequences.length; user += step) {
                    int[] sequence = sequences[user];
                    // Beginnings of all lengths, so that every amount of padding is met.
                    int end = sequence.length == 0 ? 0 : 1 + user % sequence.length;
                    if (end > 0) {
                        largest = Math.max(largest, difference(network, ridge, bundle, sequence, end));
                    }
                }
            }
        }
        return largest;
    }

    private static double difference(
            SequenceNetwork network, @Nullable WeightedRidge ridge, BundleModel bundle, int[] sequence, int end)
            throws OrtException {
        float[] served = bundle.encode(sequence, end);
        float[] servedScores = bundle.scores(served);
        int limit = network.shape().historyLength();
        int[] history = Arrays.copyOfRange(sequence, Math.max(0, end - limit), end);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Tensor user = network.forward(IndexTensor.of(history, 1, history.length), null)
                    .narrow(0, history.length - 1L, 1);
            Tensor scores =
                    matmul(user, network.weights().get(SequenceLayout.ITEMS).t());
            float[] expectedUser = Arrays.copyOf(floats(user), served.length);
            float[] expectedScores = floats(scores);
            if (ridge != null) {
                addRidge(ridge, sequence, end, expectedUser, expectedScores);
            }
            return Math.max(largest(expectedUser, served), largest(expectedScores, servedScores));
        }
    }

    private static void addRidge(WeightedRidge ridge, int[] sequence, int end, float[] user, float[] scores) {
        int rank = ridge.term().rank();
        int from = user.length - rank;
        ridge.term().sum(sequence, end, user, from);
        for (int i = from; i < user.length; i++) {
            user[i] *= ridge.weight();
        }
        for (int item = 0; item < scores.length; item++) {
            for (int i = 0; i < rank; i++) {
                scores[item] += user[from + i] * ridge.term().answers()[item * rank + i];
            }
        }
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.numel())];
        new FloatPointer(tensor.contiguous().data_ptr_float()).get(values);
        return values;
    }

    private static double largest(float[] expected, float[] actual) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - actual[i]) / Math.max(1, Math.abs(expected[i]));
            // NaN on either side must not pass as "no difference".
            largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
        }
        return largest;
    }
}
