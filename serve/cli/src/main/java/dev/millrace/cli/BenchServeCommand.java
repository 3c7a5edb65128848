package dev.millrace.cli;

import dev.millrace.benchmarks.serve.ServeBench;
import dev.millrace.benchmarks.serve.ServeBenchOptions;
import dev.millrace.benchmarks.serve.ServeReport;
import dev.millrace.benchmarks.serve.ServeWorld;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code millrace bench serve}: how many requests a server sustains here, how late they are, and where the time goes. */
@Command(
        name = "serve",
        description =
                "Loads a server of its own with an open-loop sweep up to saturation, and compares it with its bare parts.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench serve --report bench.json",
            "  millrace bench serve --items 100000 --users 100000 --candidates 300 --data-dir /tmp/world",
            "",
            "The first run on a data directory makes its world, which takes minutes at a million items.",
            "Nothing else should run on the machine meanwhile."
        })
final class BenchServeCommand implements Callable<Integer> {
    @Option(names = "--items", paramLabel = "N", defaultValue = "1000000", description = "Items (default: 1,000,000).")
    private int items = 1_000_000;

    @Option(names = "--users", paramLabel = "N", defaultValue = "1000000", description = "Users (default: 1,000,000).")
    private int users = 1_000_000;

    @Option(
            names = "--actions",
            paramLabel = "N",
            defaultValue = "10",
            description = "Actions in each user's history (default: 10).")
    private int actions = 10;

    @Option(
            names = "--candidates",
            paramLabel = "N",
            defaultValue = "500",
            description = "Candidates scored for each request (default: 500).")
    private int candidates = 500;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "The world's seed (default: 1).")
    private long seed = 1;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-bench",
            description = "Holds the world between runs (default: millrace-bench).")
    private Path directory = Path.of("millrace-bench");

    @Option(
            names = "--step",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = DurationConverter.class,
            description = "How long each rate of the sweep is held (default: 5s).")
    private Duration step = Duration.ofSeconds(5);

    @Option(
            names = "--measured",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long 70 %% of the sustained rate is held (default: 30s).")
    private Duration measured = Duration.ofSeconds(30);

    @Option(
            names = "--overload",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long ten times the sustained rate is offered; 0 leaves it out (default: 30s).")
    private Duration overload = Duration.ofSeconds(30);

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON.")
    private @Nullable Path report;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServeReport figures = new ServeBench(options(), this::progress).run(command());
        String json = OutputOptions.document(figures);
        if (report != null) {
            Files.writeString(report, json + System.lineSeparator());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(output.isJson() ? json : summary(figures));
        out.flush();
        return ExitCode.OK;
    }

    private ServeBenchOptions options() {
        try {
            ServeWorld world = new ServeWorld(items, users, actions, seed);
            return new ServeBenchOptions(world, candidates, directory.toAbsolutePath(), step, measured, overload);
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
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

    private static String summary(ServeReport figures) {
        ServeReport.Latency at70 = figures.latencyMillis().get("at70");
        return String.format(
                Locale.ROOT,
                "%.0f requests/s sustained%s; %.2f ms CPU a request, %.2f ms for the bare parts (×%.2f)",
                figures.sustainedPerSecond(),
                at70 == null
                        ? ""
                        : String.format(Locale.ROOT, "; at 70 %% p50 %.1f ms, p99 %.1f ms", at70.p50(), at70.p99()),
                figures.cpuMillisPerRequest().getOrDefault("total", Double.NaN),
                figures.rawPartsCpuMillis(),
                figures.overhead());
    }
}
