package dev.millrace.evaluation.compress;

import dev.millrace.model.InvalidValueException;

/**
 * What a compressed model may lose, and must keep (immutable).
 *
 * @param ndcgLoss the largest relative loss of NDCG@10
 * @param overlap the least share of the original's first ten answers among the compressed one's
 * @param speed the least speed of a request, as a multiple of the original's; what is surely slower, or not known to within two percent, is refused
 */
public record CompressionLimits(double ndcgLoss, double overlap, double speed) {
    public CompressionLimits {
        require("ndcgLoss", ndcgLoss, 1);
        require("overlap", overlap, 1);
        require("speed", speed, 1000);
    }

    public static CompressionLimits standard() {
        return new CompressionLimits(0.005, 0.97, 1);
    }

    /** A model that learns on after pruning is another model: its answers differ, and need not be worse. */
    public static CompressionLimits ofPruning() {
        return new CompressionLimits(0.01, 0.5, 1);
    }

    /** Items that share a row stand or fall together: one more or less among the first ten is the price. */
    public static CompressionLimits ofSharedRows() {
        return new CompressionLimits(0.005, 0.95, 1);
    }

    private static void require(String field, double value, double max) {
        if (!(value >= 0 && value <= max)) {
            throw new InvalidValueException(field, value + " is out of range; expected 0 to " + max);
        }
    }
}
