package dev.millrace.training;

import dev.millrace.model.InvalidValueException;
import dev.millrace.training.network.ModelShape;

import java.time.Duration;

/**
 * Everything a training run is told besides its data.
 *
 * @param cpuBudget processor time (not wall time) after which learning ends; includes the warm start
 * @param threads threads that the native library may use; one is best on cores that serve at the same time
 * @param ridgeItemLimit largest vocabulary for which the closed-form warm start is computed (its memory grows with the
 *     square: 12,000 items take 1.2 GB); a larger one starts from a randomised factorisation of item transitions
 */
public record TrainingConfig(
        ModelShape shape, LearningPlan plan, Duration cpuBudget, int threads, int ridgeItemLimit, long seed) {
    static final int DEFAULT_RIDGE_ITEM_LIMIT = 12_000;

    /** A matrix of this many items squared is the largest that one buffer holds. */
    static final int MAX_RIDGE_ITEMS = 20_000;

    public TrainingConfig {
        if (cpuBudget.isNegative() || cpuBudget.isZero()) {
            throw new InvalidValueException("cpuBudget", cpuBudget + " is not positive; give for example PT3M");
        }
        if (threads < 1 || threads > 256) {
            throw new InvalidValueException("threads", threads + " is out of range; expected 1 to 256");
        }
        if (ridgeItemLimit < 0 || ridgeItemLimit > MAX_RIDGE_ITEMS) {
            throw new InvalidValueException(
                    "ridgeItemLimit", ridgeItemLimit + " is out of range; expected 0 to " + MAX_RIDGE_ITEMS);
        }
    }

    /** Three processor minutes: the background training of a demo. */
    public static TrainingConfig demo() {
        return new TrainingConfig(
                ModelShape.small(), LearningPlan.standard(), Duration.ofMinutes(3), 1, DEFAULT_RIDGE_ITEM_LIMIT, 1);
    }

    /** Ten processor minutes: most of what this shape can learn. */
    public static TrainingConfig good() {
        return demo().withCpuBudget(Duration.ofMinutes(10))
                .withPlan(LearningPlan.standard().withDropout(0.2));
    }

    /** @throws InvalidValueException when no preset has this name */
    public static TrainingConfig preset(String name) {
        return switch (name) {
            case "demo" -> demo();
            case "good" -> good();
            default -> throw new InvalidValueException("preset", "'" + name + "' is unknown; expected demo or good");
        };
    }

    public TrainingConfig withCpuBudget(Duration budget) {
        return new TrainingConfig(shape, plan, budget, threads, ridgeItemLimit, seed);
    }

    public TrainingConfig withPlan(LearningPlan changed) {
        return new TrainingConfig(shape, changed, cpuBudget, threads, ridgeItemLimit, seed);
    }

    public TrainingConfig withThreads(int count) {
        return new TrainingConfig(shape, plan, cpuBudget, count, ridgeItemLimit, seed);
    }

    public TrainingConfig withSeed(long changed) {
        return new TrainingConfig(shape, plan, cpuBudget, threads, ridgeItemLimit, changed);
    }
}
