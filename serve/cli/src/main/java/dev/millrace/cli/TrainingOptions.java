package dev.millrace.cli;

import dev.millrace.training.LearningPlan;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.TrainingRole;
import dev.millrace.training.distill.DistillationPlan;
import dev.millrace.training.network.MixingKind;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.ridge.RidgePlan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How long and with what a model is trained. */
final class TrainingOptions {
    private static final List<String> TERMS = List.of("labels", "scores", "squares", "cosine", "temperature");

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description =
                    "teacher: a large model, kept for its students and not served; student: a small one that learns from"
                            + " the teacher of the same folder; ranker: orders candidates by what was shown and what"
                            + " followed; without it, a model that stands alone.")
    private @Nullable String role;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "demo (3 processor minutes), good (10), teacher (20) or student (15); default: the role's, else demo.")
    private @Nullable String preset;

    @Option(
            names = "--cpu-budget",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Processor time to learn for, such as 90s or 10m; the preset's by default.")
    private @Nullable Duration cpuBudget;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads of the native library (default: 1, the best on cores that serve as well).")
    private int threads = 1;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Chance's seed (default: 1).")
    private long seed = 1;

    @ArgGroup(validate = false, heading = "%nThe model, where it shall differ from the preset's:%n")
    private ShapeOptions shape = new ShapeOptions();

    @Option(
            names = "--distil",
            paramLabel = "TERM=WEIGHT",
            split = ",",
            description =
                    "What a student's loss is made of: labels, scores, squares, cosine (weights), temperature. For"
                            + " example labels=0.3,scores=0.7,temperature=2.")
    private Map<String, Double> distil = new LinkedHashMap<>();

    /** Sizes and rates that may be given one by one. */
    static final class ShapeOptions {
        @Option(names = "--dimension", paramLabel = "N", description = "Width of the network.")
        private @Nullable Integer dimension;

        @Option(names = "--layers", paramLabel = "N", description = "Blocks.")
        private @Nullable Integer layers;

        @Option(names = "--heads", paramLabel = "N", description = "Attention heads; divides the width.")
        private @Nullable Integer heads;

        @Option(names = "--history", paramLabel = "N", description = "Latest actions that are read.")
        private @Nullable Integer history;

        @Option(
                names = "--reach",
                paramLabel = "N",
                description = "Actions that a block sees from each; all by default.")
        private @Nullable Integer reach;

        @Option(names = "--item-dimension", paramLabel = "N", description = "Length of an item vector.")
        private @Nullable Integer itemDimension;

        @Option(names = "--mixing", paramLabel = "KIND", description = "attention or convolution.")
        private @Nullable String mixing;

        @Option(names = "--dropout", paramLabel = "SHARE", description = "Share of activations dropped while learning.")
        private @Nullable Double dropout;

        @Option(names = "--learning-rate", paramLabel = "RATE", description = "Adam's rate after the warm-up.")
        private @Nullable Double learningRate;

        @Option(
                names = "--negatives",
                paramLabel = "N",
                description = "Items drawn per batch; as many as the catalogue has, or more, for the full softmax.")
        private @Nullable Integer negatives;

        @Option(
                names = "--ridge-rank",
                paramLabel = "N",
                description = "Rank of the closed-form ridge whose scores are added; 0 for none.")
        private @Nullable Integer ridgeRank;

        @Option(
                names = "--ridge-loss",
                paramLabel = "SHARE",
                description =
                        "How much less of users' next items the ridge may find than the live one and still propose"
                                + " candidates (default: 0.01).")
        private @Nullable Double ridgeLoss;

        private RidgePlan ridge(RidgePlan preset) {
            RidgePlan plan = ridgeRank == null ? preset : preset.withRank(ridgeRank);
            return ridgeLoss == null ? plan : plan.withMostLoss(ridgeLoss);
        }

        private ModelShape shape(ModelShape preset) {
            ModelShape shape = preset.withSize(
                    dimension == null ? preset.dimension() : dimension,
                    layers == null ? preset.layers() : layers,
                    heads == null ? preset.block().heads() : heads);
            shape = history == null ? shape : shape.withHistoryLength(history);
            shape = reach == null ? shape : shape.withReach(reach);
            shape = itemDimension == null ? shape : shape.withItemDimension(itemDimension);
            return mixing == null ? shape : shape.withMixing(MixingKind.named(mixing));
        }

        private LearningPlan plan(LearningPlan preset) {
            LearningPlan plan = dropout == null ? preset : preset.withDropout(dropout);
            plan = learningRate == null ? plan : plan.withLearningRate(learningRate);
            return negatives == null ? plan : plan.withNegatives(negatives);
        }
    }

    /** @throws CommandFailedException when no role has the given name */
    TrainingRole role() {
        if (role == null) {
            return TrainingRole.ALONE;
        }
        return switch (role) {
            case "teacher" -> TrainingRole.TEACHER;
            case "student" -> TrainingRole.STUDENT;
            case "ranker" -> TrainingRole.RANKER;
            default ->
                throw new CommandFailedException(
                        "the role '" + role + "' is unknown; expected teacher, student or ranker");
        };
    }

    long seed() {
        return seed;
    }

    TrainingConfig config() {
        TrainingConfig config =
                TrainingConfig.preset(presetName()).withThreads(threads).withSeed(seed);
        config = config.withShape(shape.shape(config.shape())).withPlan(shape.plan(config.plan()));
        config = config.withRidge(shape.ridge(config.ridge()));
        config = config.withDistillation(terms(config.distillation()));
        return cpuBudget == null ? config : config.withCpuBudget(cpuBudget);
    }

    private String presetName() {
        TrainingRole given = role();
        if (preset != null) {
            return preset;
        }
        return switch (given) {
            case TEACHER, STUDENT -> given.name().toLowerCase(Locale.ROOT);
            case ALONE, RANKER -> "demo";
        };
    }

    private DistillationPlan terms(DistillationPlan preset) {
        for (String term : distil.keySet()) {
            if (!TERMS.contains(term)) {
                throw new CommandFailedException(
                        "--distil " + term + " is unknown; expected one of " + String.join(", ", TERMS));
            }
        }
        return preset.withTerms(
                        distil.getOrDefault("labels", preset.labels()),
                        distil.getOrDefault("scores", preset.scores()),
                        distil.getOrDefault("squares", preset.squares()),
                        distil.getOrDefault("cosine", preset.cosine()))
                .withTemperature(distil.getOrDefault("temperature", preset.temperature()));
    }
}
