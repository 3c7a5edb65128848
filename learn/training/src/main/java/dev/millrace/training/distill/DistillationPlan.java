package dev.millrace.training.distill;

import dev.millrace.model.InvalidValueException;

/**
 * How much a student listens to the labels and to its teacher: the weights of the terms of its loss, and the cache.
 *
 * @param labels weight of the cross-entropy on the items that users chose
 * @param scores weight of the divergence from the teacher's softened scores
 * @param squares weight of the squared difference from the teacher's user vector, through a learned projection
 * @param cosine weight of the angle to it
 * @param temperature softens both sides' scores: above 1 the teacher says more about what it ranks below the first
 * @param kept how many of the teacher's scores are cached per position; what it gives to all other items is one number more
 * @param cacheBytes the most disk that the cache may take; positions beyond it are learnt from labels alone
 */
public record DistillationPlan(
        double labels, double scores, double squares, double cosine, double temperature, int kept, long cacheBytes) {
    private static final long GIB = 1L << 30;

    public DistillationPlan {
        require("labels", labels, 0, 100);
        require("scores", scores, 0, 100);
        require("squares", squares, 0, 100);
        require("cosine", cosine, 0, 100);
        require("temperature", temperature, 0.1, 100);
        require("kept", kept, 1, 1024);
        if (cacheBytes < 0) {
            throw new InvalidValueException("cacheBytes", cacheBytes + " is negative; give 0 to cache nothing");
        }
        if (labels + scores <= 0) {
            throw new InvalidValueException("labels, scores", "are both 0; give one of them a weight");
        }
    }

    /** No teacher. */
    public static DistillationPlan none() {
        return new DistillationPlan(1, 0, 0, 0, 1, 32, 2 * GIB);
    }

    /** Labels and scores as in the published recipes that weigh the teacher more, and a little of its vectors; not searched. */
    public static DistillationPlan standard() {
        return none().withTerms(0.3, 0.7, 0.1, 0.1);
    }

    public DistillationPlan withTerms(double newLabels, double newScores, double newSquares, double newCosine) {
        return new DistillationPlan(newLabels, newScores, newSquares, newCosine, temperature, kept, cacheBytes);
    }

    public DistillationPlan withTemperature(double newTemperature) {
        return new DistillationPlan(labels, scores, squares, cosine, newTemperature, kept, cacheBytes);
    }

    /** Whether a teacher is asked at all. */
    public boolean hasTeacher() {
        return scores > 0 || isAligned();
    }

    /** Whether the student's state is drawn to the teacher's. */
    public boolean isAligned() {
        return squares > 0 || cosine > 0;
    }

    private static void require(String field, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new InvalidValueException(field, value + " is out of range; expected " + min + " to " + max);
        }
    }
}
