package dev.millrace.inference.parity;

import dev.millrace.models.onnx.OnnxGraph;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Compares a compressed ranker with its original on rows that calibration has not seen: scores, order, and measured speed; and
 * refuses one that loses more than its limits, or is slower than what it would replace. Stateless.
 */
public final class ParityGate {
    private static final int LIST = 100;
    private static final int BEST = 10;
    /** Batches that each answers before its time counts. */
    private static final int WARM_UP = 100;

    private ParityGate() {}

    /**
     * @param rows at least 1,000, of the input's width
     * @param work an existing folder for files of the moment
     */
    public static ParityReport examine(Int8Compression compression, float[] rows, ParityLimits limits, Path work)
            throws IOException {
        OnnxGraph small = compression.compressed();
        try (RankerOnRows original = new RankerOnRows(compression.original(), compression.signature(), work);
                RankerOnRows compressed = new RankerOnRows(small, compression.signature(), work)) {
            float[] expected = original.scores(rows);
            if (expected.length < BEST * LIST) {
                throw new IllegalArgumentException(
                        expected.length + " rows say too little; give " + BEST * LIST + " or more");
            }
            float[] actual = compressed.scores(rows);
            double auc = auc(expected, actual);
            double overlap = overlap(expected, actual);
            PairedSpeed speed = speed(original, compressed, rows);
            String worst = worstLayer(compression, expected, rows, work);
            return new ParityReport(
                    largest(expected, actual),
                    mean(expected, actual),
                    auc,
                    overlap,
                    speed,
                    compressed.bytes(),
                    original.bytes(),
                    worst,
                    refusal(limits, auc, overlap, speed, worst));
        }
    }

    private static @Nullable String refusal(
            ParityLimits limits, double auc, double overlap, PairedSpeed speed, String worst) {
        if (1 - auc > limits.aucLoss()) {
            return told("loses %.4f of the area under the curve, more than %.4f", 1 - auc, limits.aucLoss())
                    + "; layer '" + worst + "' loses most";
        }
        if (overlap < limits.overlap()) {
            return told("keeps %.4f of the best ten, less than %.4f", overlap, limits.overlap()) + "; layer '" + worst
                    + "' loses most";
        }
        return speed.slowerThan(limits.speed());
    }

    private static String told(String format, double found, double limit) {
        return String.format(Locale.ROOT, format, found, limit);
    }

    private static PairedSpeed speed(RankerOnRows original, RankerOnRows compressed, float[] rows) {
        for (int i = 0; i < WARM_UP; i++) {
            original.timeNext(rows);
            compressed.timeNext(rows);
        }
        return PairedSpeed.measure(() -> original.timeNext(rows), () -> compressed.timeNext(rows));
    }

    private static String worstLayer(Int8Compression compression, float[] expected, float[] rows, Path work)
            throws IOException {
        String worst = "";
        double most = -1;
        for (String layer : compression.layers()) {
            try (RankerOnRows alone =
                    new RankerOnRows(compression.compressed(Set.of(layer)), compression.signature(), work)) {
                double loss = mean(expected, alone.scores(rows));
                if (loss > most) {
                    most = loss;
                    worst = layer;
                }
            }
        }
        return worst;
    }

    private static double largest(float[] expected, float[] actual) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
        }
        return largest;
    }

    private static double mean(float[] expected, float[] actual) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs(expected[i] - actual[i]);
        }
        return sum / expected.length;
    }

    /** The chance that one of the original's best tenth stands above one of the others in the compressed one's order. */
    static double auc(float[] expected, float[] actual) {
        int[] order = order(expected, 0, expected.length);
        boolean[] best = new boolean[expected.length];
        int positives = expected.length / BEST;
        for (int i = 0; i < positives; i++) {
            best[order[i]] = true;
        }
        // Sum of the ranks from below, by the formula of Mann and Whitney.
        int[] byActual = order(actual, 0, actual.length);
        double ranks = 0;
        for (int i = 0; i < byActual.length; i++) {
            ranks += best[byActual[i]] ? byActual.length - i : 0;
        }
        double negatives = (double) expected.length - positives;
        return (ranks - positives * (positives + 1.0) / 2) / (positives * negatives);
    }

    static double overlap(float[] expected, float[] actual) {
        int lists = expected.length / LIST;
        int common = 0;
        for (int list = 0; list < lists; list++) {
            int[] wanted = order(expected, list * LIST, LIST);
            int[] found = order(actual, list * LIST, LIST);
            for (int i = 0; i < BEST; i++) {
                int item = wanted[i];
                common += (int) IntStream.of(found)
                        .limit(BEST)
                        .filter(other -> other == item)
                        .count();
            }
        }
        return (double) common / (lists * BEST);
    }

    /** Positions by score, best first, ties by position. */
    private static int[] order(float[] scores, int from, int count) {
        return IntStream.range(from, from + count)
                .boxed()
                .sorted((a, b) -> Float.compare(scores[b], scores[a]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
