package dev.millrace.server.operate;

import dev.millrace.recommend.RecommendConfig;
import dev.millrace.recommend.select.Part;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Whether and how the server has a learner beside it that goes on where training ended. Immutable.
 *
 * @param command the child's command line, the data directory included
 * @param environment what the child is told beside it
 * @param directory where it works and tells how it goes
 */
public record OnlineAgentConfig(
        boolean enabled, List<String> command, Map<String, String> environment, Path directory) {
    /** Below requests, above trainings: it has little to do, and is late where it does not get to do it. */
    private static final int NICENESS = 10;

    public OnlineAgentConfig {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    public static OnlineAgentConfig from(Configuration configuration, Path dataDir, RecommendConfig recommend) {
        Duration second = Duration.ofSeconds(1);
        Duration hour = Duration.ofHours(1);
        Duration publish = configuration.duration("online.publish-every", Duration.ofSeconds(15), second, hour);
        Duration window = configuration.duration("online.feedback-window", Duration.ofSeconds(10), second, hour);
        Duration freeze = configuration.duration("online.freeze", Duration.ofMinutes(5), second, Duration.ofDays(1));
        int items = configuration.integer("online.items", 10_000, 1, 100_000);
        int slates = configuration.integer("online.slates-per-second", 200, 1, 10_000);
        Duration calibration = configuration.duration(
                "online.calibration-window", Duration.ofMinutes(30), Duration.ZERO, Duration.ofDays(1));
        // Weighed by place, a probability is that of the first place, which impressions at all places cannot be held
        // against.
        boolean placeWeights = configuration.flag("training.ranker-place-weights", false);
        return new OnlineAgentConfig(
                configuration.flag("online.enabled", false),
                ChildJava.command(
                        configuration.text("online.command", ""),
                        NICENESS,
                        configuration.text("online.heap", "768m"),
                        List.of(
                                "learn",
                                "--data-dir",
                                dataDir.toAbsolutePath().toString(),
                                "--publish-every",
                                seconds(publish),
                                "--feedback-window",
                                seconds(window),
                                "--freeze",
                                seconds(freeze),
                                "--items",
                                Integer.toString(items),
                                "--slates-per-second",
                                Integer.toString(slates),
                                "--calibration-window",
                                seconds(placeWeights ? Duration.ZERO : calibration),
                                "--model-weight",
                                Float.toString(recommend.withModel().of(Part.MODEL)))),
                KeyConfig.environment(configuration),
                dataDir.resolve("online"));
    }

    private static String seconds(Duration duration) {
        return duration.toSeconds() + "s";
    }
}
