package dev.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code millrace bench}: the group of benchmarks. */
@Command(
        name = "bench",
        description = "Measures this machine under load.",
        subcommands = {
            BenchServeCommand.class,
            BenchStoreCommand.class,
            BenchModelsCommand.class,
            BenchDriftCommand.class,
            BenchWeightsCommand.class
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "BENCHMARK",
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench serve --help",
            "  millrace bench store --help",
            "  millrace bench models --help",
            "  millrace bench drift --help"
        })
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "name a benchmark");
    }
}
