package dev.millrace.server.operate;

import dev.millrace.features.FeaturesConfig;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * When and how the background training runs. Immutable.
 *
 * @param every the pause between the starts of two trainings; zero for trainings on request only
 * @param first the pause before the first one
 * @param leastEvents new events without which a scheduled training is left out
 * @param cpuBudget the processor time that one training may take
 * @param command the child's command line, the data directory included
 * @param environment what the child's environment has more than this process's: where the keys of users are
 */
public record TrainingAgentConfig(
        Duration every,
        Duration first,
        long leastEvents,
        Duration cpuBudget,
        List<String> command,
        Map<String, String> environment,
        Path directory) {
    /** The lowest priority there is. */
    private static final int NICENESS = 19;

    private static final Duration LONGEST = Duration.ofDays(365);

    /** One user in a hundred whose next item is missed. */
    private static final double RIDGE_LOSS = 0.01;

    /** Ten batches of a ranker. */
    private static final int LEAST_IMPRESSIONS = 5_120;

    private static final int DEFAULT_LEAST_IMPRESSIONS = 10_000;

    private static final int MOST_IMPRESSIONS = 10_000_000;

    public TrainingAgentConfig {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    public static TrainingAgentConfig from(Configuration configuration, Path dataDir) {
        Duration budget = configuration.duration(
                "training.cpu-budget", Duration.ofMinutes(3), Duration.ofSeconds(1), Duration.ofDays(7));
        return new TrainingAgentConfig(
                every(configuration),
                configuration.duration("training.first", Duration.ofMinutes(1), Duration.ZERO, LONGEST),
                configuration.wholeNumber("training.least-events", 1000, 0, Long.MAX_VALUE),
                budget,
                command(configuration, dataDir, budget),
                KeyConfig.environment(configuration),
                dataDir.resolve("training"));
    }

    /** Whether rankers are trained again and again. */
    public static boolean learnsRankers(Configuration configuration) {
        return every(configuration).isPositive() && withRanker(configuration);
    }

    private static Duration every(Configuration configuration) {
        return configuration.duration("training.every", Duration.ZERO, Duration.ZERO, LONGEST);
    }

    private static boolean withRanker(Configuration configuration) {
        return configuration.flag("training.ranker", true);
    }

    private static int impressions(Configuration configuration) {
        return configuration.integer("training.ranker-impressions", 300_000, LEAST_IMPRESSIONS, MOST_IMPRESSIONS);
    }

    private static List<String> command(Configuration configuration, Path dataDir, Duration budget) {
        String given = configuration.text("training.command", "");
        String heap = configuration.text("training.heap", "2g");
        String preset = configuration.text("training.preset", "demo");
        int threads = configuration.integer("training.threads", 1, 1, 256);
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--data-dir",
                dataDir.toAbsolutePath().toString(),
                "--cpu-budget",
                budget.toSeconds() + "s",
                "--preset",
                preset,
                "--threads",
                Integer.toString(threads),
                "--ridge-loss",
                Double.toString(configuration.decimal("training.ridge-loss", RIDGE_LOSS, 0, 1)),
                "--json"));
        if (withRanker(configuration)) {
            int most = impressions(configuration);
            int least = configuration.integer(
                    "training.ranker-least-impressions",
                    Math.min(DEFAULT_LEAST_IMPRESSIONS, most),
                    LEAST_IMPRESSIONS,
                    most);
            arguments.addAll(List.of(
                    "--with-ranker",
                    "--impressions",
                    Integer.toString(most),
                    "--least-impressions",
                    Integer.toString(least)));
            if (configuration.flag("training.ranker-place-weights", false)) {
                arguments.add("--place-weights");
            }
            for (String setting : FeaturesConfig.from(configuration).settings()) {
                arguments.addAll(List.of("--set", setting));
            }
        }
        return ChildJava.command(given, NICENESS, heap, arguments);
    }
}
