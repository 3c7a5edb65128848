package dev.millrace.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** How busy simulated people are, what a training may cost, and where the figures go. */
final class SimulationOptions {
    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "80",
            description = "Requests per second of all people together (default: 80).")
    private double rate = 80;

    @Option(
            names = "--cpu-budget",
            paramLabel = "TIME",
            defaultValue = "20s",
            converter = DurationConverter.class,
            description = "Processor time of the model's training (default: 20s).")
    private Duration cpuBudget = Duration.ofSeconds(20);

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON.")
    private @Nullable Path report;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    double rate() {
        return rate;
    }

    Duration cpuBudget() {
        return cpuBudget;
    }

    /**
     * Writes the report where one is asked for.
     *
     * @param shown the part of it to print
     */
    void tell(Object measured, Object shown) throws IOException {
        if (report != null) {
            Files.writeString(report, OutputOptions.document(measured) + System.lineSeparator());
        }
        PrintWriter out = command.commandLine().getOut();
        out.println(OutputOptions.document(shown));
        out.flush();
    }

    void progress(String line) {
        PrintWriter err = command.commandLine().getErr();
        err.println(line);
        err.flush();
    }
}
