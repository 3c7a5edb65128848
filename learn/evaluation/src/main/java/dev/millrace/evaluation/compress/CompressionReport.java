package dev.millrace.evaluation.compress;

import dev.millrace.inference.parity.PairedSpeed;
import org.jspecify.annotations.Nullable;

/**
 * A compressed model beside its original (immutable).
 *
 * @param users whose last actions were ranked by both
 * @param ndcg10 of the compressed one
 * @param originalNdcg10 of the original, on the same actions
 * @param overlap the share of the original's first ten answers that are among the compressed one's
 * @param meanDifference of the scores
 * @param largestDifference of any score
 * @param speed of a request, as a multiple of the original's
 * @param bytes the compressed bundle's size
 * @param originalBytes the original's
 * @param worstOperator the one that changes the scores most when it alone is compressed
 * @param refusal why it must not be used; null where it may
 */
public record CompressionReport(
        String method,
        int users,
        double ndcg10,
        double originalNdcg10,
        double overlap,
        double meanDifference,
        double largestDifference,
        PairedSpeed speed,
        long bytes,
        long originalBytes,
        String worstOperator,
        @Nullable String refusal) {
    CompressionReport withRefusal(@Nullable String reason) {
        return new CompressionReport(
                method,
                users,
                ndcg10,
                originalNdcg10,
                overlap,
                meanDifference,
                largestDifference,
                speed,
                bytes,
                originalBytes,
                worstOperator,
                reason);
    }

    public boolean passes() {
        return refusal == null;
    }

    /** The relative loss of NDCG@10; below 0 where the compressed one is better. */
    public double ndcgLoss() {
        return originalNdcg10 == 0 ? 0 : 1 - ndcg10 / originalNdcg10;
    }

    public double timesSmaller() {
        return (double) originalBytes / bytes;
    }
}
