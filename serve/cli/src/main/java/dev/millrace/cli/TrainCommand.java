package dev.millrace.cli;

import dev.millrace.features.FeaturesConfig;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.RankerJob;
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
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

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
            "  millrace train --data-dir millrace-data --role ranker",
            "",
            "Interrupt it and call it again: it goes on where it stopped; a ranker begins anew."
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
    private RankerOptions ranker = new RankerOptions();

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        endWithParent(System.getenv("MILLRACE_PARENT"));
        if (training.role() == TrainingRole.RANKER) {
            return tell(trainRanker());
        }
        TrainingOutcome model = trainModel();
        int exit = tell(model);
        // Who ends the one training does not wait for another.
        if (ranker.isWanted() && !(model instanceof TrainingOutcome.Interrupted)) {
            TrainingOutcome ranked = trainRanker();
            // Either may have too little to learn from yet: what the other published is no failure.
            exit = ranked instanceof TrainingOutcome.TooLittleToLearn lack ? tellNoRanker(exit, lack) : tell(ranked);
        }
        return exit;
    }

    private TrainingOutcome trainRanker() throws IOException {
        FeaturesConfig features = FeaturesConfig.from(settings.load(dataDir, List.of()));
        PrintWriter err = spec.commandLine().getErr();
        RankerJob job = new RankerJob(ranker.plan(training.seed()), features, sentence -> {
            if (!output.isJson()) {
                err.println(sentence);
                err.flush();
            }
        });
        return job.runOnDataDirectory(dataDir, keys());
    }

    /** Where the keys of users are, as the server of this folder is told. */
    private KeyConfig keys() {
        return KeyConfig.from(settings.load(dataDir, List.of()), dataDir);
    }

    private TrainingOutcome trainModel() throws IOException {
        try (ProgressDisplay display = ProgressDisplay.of(
                "Training", "CPU s", 1, output, spec.commandLine().getErr())) {
            TrainingJob job = new TrainingJob(training.role(), training.config(), new TrainingDisplay(display));
            return job.runOnDataDirectory(dataDir, keys());
        }
    }

    private int tellNoRanker(int exit, TrainingOutcome.TooLittleToLearn lack) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("outcome", "ranker-not-learnt");
        document.put("reason", lack.reason());
        spec.commandLine()
                .getOut()
                .println(output.isJson() ? OutputOptions.line(document) : "No ranker learnt: " + lack.reason());
        spec.commandLine().getOut().flush();
        return exit;
    }

    private int tell(TrainingOutcome outcome) {
        spec.commandLine().getOut().println(output.isJson() ? OutputOptions.line(document(outcome)) : text(outcome));
        spec.commandLine().getOut().flush();
        return switch (outcome) {
            case TrainingOutcome.Published _, TrainingOutcome.RankerPublished _ -> ExitCode.OK;
            case TrainingOutcome.TooLittleToLearn _, TrainingOutcome.Interrupted _ -> ExitCode.FAILED;
        };
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
            case TrainingOutcome.RankerPublished published ->
                String.format(
                        Locale.ROOT,
                        "Published ranker %s%s: AUC %s on impressions kept back, %.0f CPU s",
                        published.version(),
                        published.objection() == null ? ", live now" : ", not live: " + published.objection(),
                        areas(published.metrics()),
                        published.cpuSeconds());
            case TrainingOutcome.TooLittleToLearn lack -> "Nothing learnt: " + lack.reason();
            case TrainingOutcome.Interrupted stopped ->
                "Stopped at step " + stopped.step() + "; call it again to go on from " + stopped.checkpoint();
        };
    }

    /** As {@code click 0.7002, long_view 0.7048}. */
    private static String areas(Map<String, Double> metrics) {
        return metrics.entrySet().stream()
                .filter(metric -> metric.getKey().startsWith("auc."))
                .map(metric -> String.format(
                        Locale.ROOT, "%s %.4f", metric.getKey().substring("auc.".length()), metric.getValue()))
                .collect(Collectors.joining(", "));
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
            case TrainingOutcome.RankerPublished published -> {
                document.put("outcome", "ranker-published");
                document.put("version", published.version());
                document.put("live", published.objection() == null);
                if (published.objection() != null) {
                    document.put("objection", published.objection());
                }
                document.put("metrics", published.metrics());
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
