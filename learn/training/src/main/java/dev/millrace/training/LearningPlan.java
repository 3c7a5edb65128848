package dev.millrace.training;

import dev.millrace.model.InvalidValueException;

/**
 * How the weights are moved: the figures of the optimiser and of the loss.
 *
 * @param learningRate Adam's rate after the warm-up; falls along a cosine to 2 % over the budget
 * @param warmupSteps steps over which the rate rises from zero
 * @param dropout share of activations that are zeroed while learning
 * @param batchTokens positions per batch; small batches (about 800) learn most per second here
 * @param negatives items drawn per batch that every position is compared with; as many as there are, or more, for the full
 *     softmax
 * @param averagedSteps over about how many of the newest steps the weights are averaged that are validated and kept; 0 for
 *     none
 */
public record LearningPlan(
        double learningRate, int warmupSteps, double dropout, int batchTokens, int negatives, int averagedSteps) {
    public LearningPlan {
        require("learningRate", learningRate, 1e-6, 1);
        require("warmupSteps", warmupSteps, 0, 100_000);
        require("dropout", dropout, 0, 0.9);
        require("batchTokens", batchTokens, 16, 1 << 20);
        require("negatives", negatives, 1, 1 << 16);
        require("averagedSteps", averagedSteps, 0, 1_000_000);
    }

    public static LearningPlan standard() {
        return new LearningPlan(3e-3, 200, 0.1, 800, 512, 0);
    }

    public LearningPlan withNegatives(int count) {
        return new LearningPlan(learningRate, warmupSteps, dropout, batchTokens, count, averagedSteps);
    }

    public LearningPlan withLearningRate(double rate) {
        return new LearningPlan(rate, warmupSteps, dropout, batchTokens, negatives, averagedSteps);
    }

    public LearningPlan withDropout(double share) {
        return new LearningPlan(learningRate, warmupSteps, share, batchTokens, negatives, averagedSteps);
    }

    public LearningPlan withAveragedSteps(int steps) {
        return new LearningPlan(learningRate, warmupSteps, dropout, batchTokens, negatives, steps);
    }

    private static void require(String field, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new InvalidValueException(field, value + " is out of range; expected " + min + " to " + max);
        }
    }
}
