package dev.millrace.training;

import dev.millrace.model.InvalidValueException;
import dev.millrace.training.distill.DistillationPlan;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.ridge.RidgePlan;

import java.time.Duration;

/**
 * Everything a training run is told besides its data and its teacher.
 *
 * @param cpuBudget processor time (not wall time) after which learning ends; includes the warm start, and asking the teacher
 * @param threads threads that the native library may use; one is best on cores that serve at the same time
 * @param distillation what the loss is made of; without a teacher only labels count
 */
public record TrainingConfig(
        ModelShape shape,
        LearningPlan plan,
        Duration cpuBudget,
        int threads,
        RidgePlan ridge,
        DistillationPlan distillation,
        long seed) {
    /** The rank at which the ridge ranks about as well as at its full size on MovieLens-1M. */
    private static final int TEACHER_RIDGE_RANK = 256;

    public TrainingConfig {
        if (cpuBudget.isNegative() || cpuBudget.isZero()) {
            throw new InvalidValueException("cpuBudget", cpuBudget + " is not positive; give for example PT3M");
        }
        if (threads < 1 || threads > 256) {
            throw new InvalidValueException("threads", threads + " is out of range; expected 1 to 256");
        }
    }

    /** Three processor minutes: the background training of a demo. */
    public static TrainingConfig demo() {
        return new TrainingConfig(
                ModelShape.small(),
                LearningPlan.standard(),
                Duration.ofMinutes(3),
                1,
                RidgePlan.standard(),
                DistillationPlan.none(),
                1);
    }

    /** Ten processor minutes: most of what this shape can learn. */
    public static TrainingConfig good() {
        return demo().withCpuBudget(Duration.ofMinutes(10))
                .withPlan(LearningPlan.standard().withDropout(0.2));
    }

    /** Twenty processor minutes: a wide model of a long history, and the ridge beside it. */
    public static TrainingConfig teacher() {
        return demo().withShape(ModelShape.transformer(128, 2, 4, 100))
                .withPlan(new LearningPlan(2e-3, 200, 0.3, 800, 1024, 0))
                .withRidge(RidgePlan.standard().withRank(TEACHER_RIDGE_RANK))
                .withCpuBudget(Duration.ofMinutes(20));
    }

    /** Fifteen processor minutes with a teacher: short item vectors, and blocks that see the newest actions alone. */
    public static TrainingConfig student() {
        return demo().withShape(ModelShape.small().withItemDimension(44).withReach(32))
                .withDistillation(DistillationPlan.standard())
                .withCpuBudget(Duration.ofMinutes(15));
    }

    /**
     * Two processor minutes for a student that goes on after it was pruned: its place is known, so steps are smaller, their mean
     * counts, and the teacher more.
     */
    public static TrainingConfig pruned() {
        DistillationPlan terms = DistillationPlan.standard();
        return student()
                .withPlan(student()
                        .plan()
                        .withLearningRate(7e-4)
                        .withDropout(0.05)
                        .withAveragedSteps(800))
                .withDistillation(terms.withTerms(0.2, 0.8, terms.squares(), terms.cosine()))
                .withCpuBudget(Duration.ofMinutes(2));
    }

    /** @throws InvalidValueException when no preset has this name */
    public static TrainingConfig preset(String name) {
        return switch (name) {
            case "demo" -> demo();
            case "good" -> good();
            case "teacher" -> teacher();
            case "student" -> student();
            default ->
                throw new InvalidValueException(
                        "preset", "'" + name + "' is unknown; expected demo, good, teacher or student");
        };
    }

    public TrainingConfig withShape(ModelShape changed) {
        return new TrainingConfig(changed, plan, cpuBudget, threads, ridge, distillation, seed);
    }

    public TrainingConfig withPlan(LearningPlan changed) {
        return new TrainingConfig(shape, changed, cpuBudget, threads, ridge, distillation, seed);
    }

    public TrainingConfig withCpuBudget(Duration budget) {
        return new TrainingConfig(shape, plan, budget, threads, ridge, distillation, seed);
    }

    public TrainingConfig withThreads(int count) {
        return new TrainingConfig(shape, plan, cpuBudget, count, ridge, distillation, seed);
    }

    public TrainingConfig withRidge(RidgePlan changed) {
        return new TrainingConfig(shape, plan, cpuBudget, threads, changed, distillation, seed);
    }

    public TrainingConfig withDistillation(DistillationPlan changed) {
        return new TrainingConfig(shape, plan, cpuBudget, threads, ridge, changed, seed);
    }

    public TrainingConfig withSeed(long changed) {
        return new TrainingConfig(shape, plan, cpuBudget, threads, ridge, distillation, changed);
    }
}
