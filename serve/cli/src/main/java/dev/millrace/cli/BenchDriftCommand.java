package dev.millrace.cli;

import dev.millrace.audience.world.Drift;
import dev.millrace.benchmarks.drift.DriftBench;
import dev.millrace.benchmarks.drift.DriftOptions;
import dev.millrace.benchmarks.drift.DriftReport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code millrace bench drift}: how much of a lost click rate comes back after the audience changed. */
@Command(
        name = "drift",
        description =
                "Plants a change of the audience in a simulated world, and measures how fast the click rate comes back:"
                        + " by features alone, with a batch model, and with online learning.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench drift --seeds 5 --report drift.json",
            "  millrace bench drift --drift none --report no-drift.json",
            "  millrace bench drift --set recommend.weights.model=0.1",
            "",
            "Time is simulated: a run takes about a tenth of what it simulates, on one core."
        })
final class BenchDriftCommand implements Callable<Integer> {
    private static final String NONE = "none";

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "Worlds, from seed 1 (default: 3).")
    private int seeds = 3;

    @Option(
            names = "--drift",
            paramLabel = "KIND",
            defaultValue = "both",
            description = "What changes: tastes, fashion, both or none (default: both).")
    private String drift = "both";

    @Option(
            names = "--train",
            paramLabel = "TIME",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "When the model is trained (default: 60s).")
    private Duration train = Duration.ofSeconds(60);

    @Option(
            names = "--at",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "When the audience changes (default: 10m).")
    private Duration at = Duration.ofMinutes(10);

    @Option(
            names = "--length",
            paramLabel = "TIME",
            defaultValue = "15m",
            converter = DurationConverter.class,
            description = "Of the whole (default: 15m).")
    private Duration length = Duration.ofMinutes(15);

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of the recommendations, such as recommend.weights.model=0.1; repeat it for more.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Mixin
    private SimulationOptions simulation = new SimulationOptions();

    @Override
    public Integer call() throws Exception {
        Path work = Files.createTempDirectory("millrace-drift");
        DriftReport measured = DriftBench.run(options(work), settings, simulation::progress);
        simulation.tell(measured, measured.arms());
        return ExitCode.OK;
    }

    private DriftOptions options(Path work) {
        try {
            return new DriftOptions(
                    seeds, simulation.rate(), train, at, length, kind(drift), simulation.cpuBudget(), work);
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Null for none. */
    static @Nullable Drift kind(String name) {
        if (name.equalsIgnoreCase(NONE)) {
            return null;
        }
        for (Drift kind : Drift.values()) {
            if (kind.name().equalsIgnoreCase(name)) {
                return kind;
            }
        }
        throw new CommandFailedException("there is no drift '" + name + "'; give tastes, fashion, both or none");
    }
}
