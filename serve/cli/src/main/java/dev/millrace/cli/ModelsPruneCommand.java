package dev.millrace.cli;

import dev.millrace.evaluation.compress.CompressionGate;
import dev.millrace.evaluation.compress.CompressionLimits;
import dev.millrace.evaluation.compress.PrunedStudent;
import dev.millrace.evaluation.compress.PruningJob;
import dev.millrace.models.Registry;
import dev.millrace.training.ProgressListener;
import dev.millrace.training.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** {@code millrace models prune}: the newest student with fewer heads and neurons, a lower rank, or a shorter reach. */
@Command(
        name = "prune",
        description = {
            "Takes the weakest heads and neurons out of the newest student, and lets it learn on from its teacher.",
            "Instead, or as well, its heads get a lower rank, or it looks back less far. It is compared with what it was on the"
                    + " newest action of each user of the log, and published where it passes."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = "  millrace models prune --reach 16 --neurons 128 --cpu-budget 3m --promote")
final class ModelsPruneCommand implements Callable<Integer> {
    @Option(names = "--heads", paramLabel = "N", description = "Attention heads that stay in a block (default: all).")
    private int heads;

    @Option(
            names = "--rank",
            paramLabel = "N",
            description = "Length of a head's queries, keys and values that stays (default: as long as before).")
    private int rank;

    @Option(names = "--neurons", paramLabel = "N", description = "Neurons that stay in a block (default: all).")
    private int neurons;

    @Option(
            names = "--reach",
            paramLabel = "N",
            description = "Actions that a block still sees from each (default: as many as before).")
    private int reach;

    @Option(
            names = "--cpu-budget",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            defaultValue = "2m",
            description = "Processor time to learn on for (default: 2m).")
    private Duration cpuBudget = Duration.ofMinutes(2);

    @Mixin
    private CompressionOptions limits = new CompressionOptions();

    @Mixin
    private RegistryOptions where = new RegistryOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (heads == 0 && rank == 0 && neurons == 0 && reach == 0) {
            throw new CommandFailedException("nothing is to be taken out; give --heads, --rank, --neurons or --reach");
        }
        Registry registry = where.registry();
        CompressionGate.Outcome outcome = PruningJob.run(
                where.dataDirectory(),
                where.keys(),
                registry,
                new PrunedStudent.Target(heads, rank, neurons, reach),
                TrainingConfig.pruned().withCpuBudget(cpuBudget),
                limits.limits(CompressionLimits.ofPruning()),
                ProgressListener.none());
        return CompressionAnswer.of(
                outcome, registry, limits.isToAnswer(), spec.commandLine().getOut());
    }
}
