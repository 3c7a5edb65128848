package dev.millrace.cli;

import dev.millrace.benchmarks.drift.WeightsBench;
import dev.millrace.benchmarks.drift.WeightsOptions;
import dev.millrace.benchmarks.drift.WeightsReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code millrace bench weights}: with which weights of the value a ranker raises the click rate. */
@Command(
        name = "weights",
        description =
                "Compares ways to weigh a ranker's word in simulated worlds, by the click rate that they reach, beside"
                        + " the features alone and the model alone.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench weights --seeds 3 --way \"alone:weights-with-ranker.model=1,weights-with-ranker.affinity=0\"",
            "  millrace bench weights --first-seed 4 --seeds 3 --report weights.json",
            "",
            "Time is simulated: a run takes about a tenth of what it simulates, on one core."
        })
final class BenchWeightsCommand implements Callable<Integer> {
    @Option(names = "--first-seed", paramLabel = "N", defaultValue = "1", description = "The first world (default: 1).")
    private long firstSeed = 1;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "How many worlds (default: 3).")
    private int seeds = 3;

    @Option(
            names = "--way",
            paramLabel = "NAME:KEY=VALUE,…",
            description =
                    "A way to serve: a name, and settings without their 'recommend.'; with a ranker, or with the model"
                            + " alone where 'weights.…' are among them; repeatable.")
    private List<String> ways = List.of();

    @Option(
            names = "--train",
            paramLabel = "TIME",
            defaultValue = "2m",
            converter = DurationConverter.class,
            description = "When model and ranker are trained (default: 2m).")
    private Duration train = Duration.ofMinutes(2);

    @Option(
            names = "--length",
            paramLabel = "TIME",
            defaultValue = "5m",
            converter = DurationConverter.class,
            description = "Of the whole (default: 5m).")
    private Duration length = Duration.ofMinutes(5);

    @Mixin
    private SimulationOptions simulation = new SimulationOptions();

    @Override
    public Integer call() throws Exception {
        Path work = Files.createTempDirectory("millrace-weights");
        WeightsReport measured = WeightsBench.run(options(work), simulation::progress);
        simulation.tell(measured, measured.ways());
        return ExitCode.OK;
    }

    private WeightsOptions options(Path work) {
        try {
            List<WeightsOptions.Way> parsed =
                    ways.stream().map(WeightsOptions.Way::parse).toList();
            return new WeightsOptions(
                    firstSeed, seeds, simulation.rate(), train, length, parsed, simulation.cpuBudget(), work);
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }
}
