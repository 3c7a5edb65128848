package dev.millrace.cli;

import dev.millrace.benchmarks.models.ModelBench;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code millrace bench models}: what models and the engine that runs them reach here. */
@Command(
        name = "models",
        description =
                "Measures the inference engine against ONNX Runtime alone, and its batching against fixed windows.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench models --report models.json",
            "  millrace bench models --sections engine,batching --json",
            "",
            "Nothing else should run on the machine meanwhile."
        })
final class BenchModelsCommand implements Callable<Integer> {
    @Option(
            names = "--sections",
            paramLabel = "NAME",
            split = ",",
            description = "What to measure, such as engine,batching (default: everything).")
    private List<String> sections = new ArrayList<>();

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON.")
    private @Nullable Path report;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        String json;
        try {
            json = OutputOptions.document(ModelBench.run(sections, command(), this::progress));
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
        if (report != null) {
            Files.writeString(report, json + System.lineSeparator());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(json);
        out.flush();
        return ExitCode.OK;
    }

    private void progress(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(line);
        err.flush();
    }

    private String command() {
        return "./millrace "
                + String.join(" ", spec.root().commandLine().getParseResult().originalArgs());
    }
}
