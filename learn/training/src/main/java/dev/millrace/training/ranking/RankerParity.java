package dev.millrace.training.ranking;

import ai.onnxruntime.OrtException;
import dev.millrace.models.MultiTaskBundle;

import java.io.IOException;

/** Compares what was trained with what will be served, on real impressions. Stateless. */
public final class RankerParity {
    private static final int EXAMPLES = 512;

    private RankerParity() {}

    /** The largest difference of any probability between libtorch and the bundle in ONNX Runtime. */
    public static double largestDifference(
            TrainedRanker ranker, MultiTaskBundle bundle, RankingExamples examples, int from)
            throws IOException, OrtException {
        int to = Math.min(examples.count(), from + EXAMPLES);
        double[][] trained = ranker.probabilities(examples, from, to);
        double largest = 0;
        try (ExportedRanker exported = new ExportedRanker(bundle)) {
            double[][] served = exported.probabilities(examples, from, to);
            for (int head = 0; head < trained.length; head++) {
                for (int i = 0; i < trained[head].length; i++) {
                    double difference = Math.abs(trained[head][i] - served[head][i]);
                    // NaN on either side must not pass as "no difference".
                    largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
                }
            }
        }
        return largest;
    }
}
