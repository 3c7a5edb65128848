package dev.millrace.inference.parity;

import org.jspecify.annotations.Nullable;

/**
 * A compressed ranker beside its original (immutable).
 *
 * @param largestDifference of any score
 * @param meanDifference of the scores
 * @param auc of the compressed one, where the original's best tenth is what is looked for: 1 when the orders agree
 * @param overlap the share of the original's best ten of a hundred that are the compressed one's too
 * @param speed the compressed one's candidates a second, as a multiple of the original's, in batches of 128
 * @param bytes the compressed file's size
 * @param originalBytes the original's
 * @param worstLayer the layer that loses most when it alone is compressed
 * @param refusal why it must not be used; null where it may
 */
public record ParityReport(
        double largestDifference,
        double meanDifference,
        double auc,
        double overlap,
        PairedSpeed speed,
        long bytes,
        long originalBytes,
        String worstLayer,
        @Nullable String refusal) {
    public boolean passes() {
        return refusal == null;
    }
}
