package dev.millrace.cli;

import dev.millrace.benchmarks.models.ModelBench;
import dev.millrace.benchmarks.models.ModelBenchOptions;
import dev.millrace.evaluation.ModelsBench;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code millrace bench models}: what models and the engine that runs them reach here. */
@Command(
        name = "models",
        description =
                "Trains a teacher and its student, and measures the engine that runs models against ONNX Runtime alone.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench models --report models.json",
            "  millrace bench models --sections engine,batching",
            "  millrace bench models --sections teacher,student --data ml-1m --pruning 3m --ablation 3m --report models.json",
            "",
            "Nothing else should run on the machine meanwhile. A teacher learns for half an hour; models that the work folder",
            "holds are measured and not trained again."
        })
final class BenchModelsCommand implements Callable<Integer> {
    @Option(
            names = "--sections",
            paramLabel = "NAME",
            split = ",",
            description = "What to measure, such as engine,batching (default: everything).")
    private List<String> sections = new ArrayList<>();

    @Option(
            names = "--data",
            paramLabel = "PATH",
            defaultValue = "../shared/data/ml-1m",
            description = "MovieLens-1M's folder or a CSV file of users, items and timestamps"
                    + " (default: ../shared/data/ml-1m).")
    private Path data = Path.of("../shared/data/ml-1m");

    @Option(
            names = "--impressions",
            paramLabel = "DIR",
            defaultValue = "../shared/data/kuairand-pure",
            description = "KuaiRand's folder, for the ranker (default: ../shared/data/kuairand-pure).")
    private Path impressions = Path.of("../shared/data/kuairand-pure");

    @Option(
            names = "--seeds",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2,3",
            description = "Rankers are learnt by each of these seeds (default: 1,2,3).")
    private List<Long> seeds = List.of(1L, 2L, 3L);

    @Option(
            names = "--rehearsal",
            description =
                    "Measure rankers on the newest two fifths of what may be learnt from, in place of the test: to"
                            + " choose by.")
    private boolean rehearsal;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            defaultValue = "millrace-bench/models",
            description = "Holds the trained models between runs (default: millrace-bench/models).")
    private Path work = Path.of("millrace-bench/models");

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The teacher and the students are learnt by it, where the work folder does not hold them"
                    + " (default: 1).")
    private long seed = 1;

    @Option(
            names = "--ablation",
            paramLabel = "TIME",
            defaultValue = "0s",
            converter = DurationConverter.class,
            description = "Also train a student for each term of the loss, this long each (default: 0s, none).")
    private Duration ablation = Duration.ZERO;

    @Option(
            names = "--pruning",
            paramLabel = "TIME",
            defaultValue = "0s",
            converter = DurationConverter.class,
            description = "Also prune the student, and let each pruned one learn on this long (default: 0s, none).")
    private Duration pruning = Duration.ZERO;

    @Option(
            names = "--spark",
            paramLabel = "DIR",
            description =
                    "A folder of Spark's jars, to measure training beside Spark MLlib (default: none); ./mvnw -f verify/peers/spark package"
                            + " fills verify/peers/spark/target/jars.")
    private @Nullable Path spark;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON.")
    private @Nullable Path report;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        String json;
        try {
            json = OutputOptions.document(ModelBench.run(
                    new ModelBenchOptions(
                            sections,
                            command(),
                            data,
                            new ModelBenchOptions.Ranking(impressions, seeds, rehearsal),
                            spark,
                            new ModelBenchOptions.Learned(work, new ModelsBench.Plan(pruning, ablation, seed))),
                    this::progress));
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
