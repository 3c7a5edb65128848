package dev.millrace.cli;

import dev.millrace.training.TrainingConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.time.Duration;

/** How long and with what a model is trained. */
final class TrainingOptions {
    @Option(
            names = "--preset",
            paramLabel = "NAME",
            defaultValue = "demo",
            description = "demo (3 processor minutes) or good (10); default: demo.")
    private String preset = "demo";

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

    TrainingConfig config() {
        TrainingConfig config =
                TrainingConfig.preset(preset).withThreads(threads).withSeed(seed);
        return cpuBudget == null ? config : config.withCpuBudget(cpuBudget);
    }
}
