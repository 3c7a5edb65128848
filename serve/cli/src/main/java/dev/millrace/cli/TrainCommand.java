package dev.millrace.cli;

import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.TrainingJob;
import dev.millrace.training.TrainingOutcome;
import dev.millrace.training.TrainingRole;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** {@code millrace train}: learns a model from a data directory's log and publishes it to its registry. */
@Command(
        name = "train",
        description =
                "Learns a model from the events of a data directory and publishes it; a server that runs there takes it over.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace train --data-dir millrace-data",
            "  millrace train --data-dir millrace-data --preset good --threads 2",
            "  millrace train --data-dir millrace-data --role teacher",
            "  millrace train --data-dir millrace-data --role student",
            "",
            "Interrupt it and call it again: it goes on where it stopped."
        })
final class TrainCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description =
                    "The folder of a server or an import; a server may be running on it (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        endWithParent(System.getenv("MILLRACE_PARENT"));
        TrainingOutcome outcome;
        try (ProgressDisplay display = ProgressDisplay.of(
                "Training", "CPU s", 1, output, spec.commandLine().getErr())) {
            TrainingJob job = new TrainingJob(training.role(), training.config(), new TrainingDisplay(display));
            outcome = job.runOnDataDirectory(dataDir, KeyConfig.from(settings.load(dataDir, List.of()), dataDir));
        }
        spec.commandLine().getOut().println(output.isJson() ? OutputOptions.line(document(outcome)) : text(outcome));
        spec.commandLine().getOut().flush();
        return outcome instanceof TrainingOutcome.Published ? ExitCode.OK : ExitCode.FAILED;
    }

    /** Where a server started this process: its end is the end of what runs here; a training keeps a checkpoint. */
    static void endWithParent(@Nullable String parent) {
        if (parent != null) {
            CompletableFuture<Void> _ = ProcessHandle.of(Long.parseLong(parent))
                    .map(ProcessHandle::onExit)
                    .orElseGet(() -> CompletableFuture.completedFuture(null))
                    .thenRun(() -> System.exit(ExitCode.FAILED));
        }
    }

    private String text(TrainingOutcome outcome) {
        String notLive = training.role() == TrainingRole.TEACHER
                ? ", not live: a teacher is kept for its students (--role student)"
                : ", not live: the live one ranks better";
        return switch (outcome) {
            case TrainingOutcome.Published published ->
                String.format(
                        Locale.ROOT,
                        "Published %s%s: NDCG@10 %.4f, HR@10 %.4f on held-out actions, %.0f CPU s",
                        published.version(),
                        published.promoted() ? ", live now" : notLive,
                        published.ndcg10(),
                        published.hr10(),
                        published.cpuSeconds());
            case TrainingOutcome.TooLittleToLearn lack -> "Nothing learnt: " + lack.reason();
            case TrainingOutcome.Interrupted stopped ->
                "Stopped at step " + stopped.step() + "; call it again to go on from " + stopped.checkpoint();
        };
    }

    private static Map<String, Object> document(TrainingOutcome outcome) {
        Map<String, Object> document = new LinkedHashMap<>();
        switch (outcome) {
            case TrainingOutcome.Published published -> {
                document.put("outcome", "published");
                document.put("version", published.version());
                document.put("live", published.promoted());
                document.put("ndcg10", published.ndcg10());
                document.put("hr10", published.hr10());
                document.put("cpuSeconds", published.cpuSeconds());
            }
            case TrainingOutcome.TooLittleToLearn lack -> {
                document.put("outcome", "not-enough-data");
                document.put("reason", lack.reason());
            }
            case TrainingOutcome.Interrupted stopped -> {
                document.put("outcome", "interrupted");
                document.put("step", stopped.step());
                document.put("checkpoint", stopped.checkpoint().toString());
            }
        }
        return document;
    }
}
