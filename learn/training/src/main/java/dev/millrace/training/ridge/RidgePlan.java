package dev.millrace.training.ridge;

import dev.millrace.model.InvalidValueException;

/**
 * What the closed-form ridge is used for.
 *
 * @param itemLimit largest vocabulary for which it is computed (its memory grows with the square: 12,000 items take 1.2 GB);
 *     a larger one starts from a randomised factorisation of item transitions
 * @param rank how much of the ridge is served beside the network: the sum of both scores is often better than either, at
 *     two vectors of this length per item; 0 leaves it out. Its weight is chosen on validation
 * @param mostLoss how much less a ridge may find of users' next items than the live source of candidates and still take its place, as a
 *     share of the users
 */
public record RidgePlan(int itemLimit, int rank, double mostLoss) {
    /** A matrix of this many items squared is the largest that one buffer holds. */
    static final int MAX_ITEMS = 20_000;

    private static final int MAX_RANK = 4096;

    public RidgePlan {
        require("ridgeItemLimit", itemLimit, MAX_ITEMS);
        require("ridgeRank", rank, MAX_RANK);
        if (!(mostLoss >= 0 && mostLoss <= 1)) {
            throw new InvalidValueException("ridgeLoss", mostLoss + " is out of range; expected 0 to 1");
        }
    }

    /** For the start alone. */
    public static RidgePlan standard() {
        return new RidgePlan(12_000, 0, 0.01);
    }

    public RidgePlan withRank(int newRank) {
        return new RidgePlan(itemLimit, newRank, mostLoss);
    }

    public RidgePlan withMostLoss(double newMostLoss) {
        return new RidgePlan(itemLimit, rank, newMostLoss);
    }

    private static void require(String field, int value, int max) {
        if (value < 0 || value > max) {
            throw new InvalidValueException(field, value + " is out of range; expected 0 to " + max);
        }
    }
}
