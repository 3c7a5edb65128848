package dev.millrace.cli;

import dev.millrace.evaluation.Evaluation;
import dev.millrace.evaluation.EvaluationReport;
import dev.millrace.evaluation.EvaluationRequest;
import dev.millrace.evaluation.ModelChoice;
import dev.millrace.evaluation.Protocol;
import dev.millrace.evaluation.ranking.RankerReport;
import dev.millrace.training.TrainingRole;
import dev.millrace.training.ranking.RankerConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code millrace evaluate}: ranks a data set's held-out actions with the model and with baselines beside it. */
@Command(
        name = "evaluate",
        description =
                "Measures the model beside popularity and item-to-item on a data set, and prints HR@10 and NDCG@10.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace evaluate --data ml-1m",
            "  millrace evaluate --data clicks.csv --protocol all --preset good --json",
            "  millrace evaluate --data ml-1m --role teacher --model model --work work",
            "  millrace evaluate --data ml-1m --role student --model model --work work",
            "  millrace evaluate --data kuairand --role ranker",
            "  millrace evaluate --data kuairand --bundle millrace-data/models/bundles/VERSION",
            "",
            "A student learns from the teacher that was evaluated in the same work folder before."
        })
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            required = true,
            description = "A data set's folder, or any CSV file whose header names a user, an item and a timestamp.")
    private Path data = Path.of(".");

    @Option(
            names = "--bundle",
            paramLabel = "DIR",
            description =
                    "A trained model's folder; without it one is trained first, on the training part of the data.")
    private @Nullable Path bundle;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where a trained model and its checkpoints are kept (default: a temporary folder).")
    private @Nullable Path work;

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            split = ",",
            description = "leave-one-out, time-split, strong-generalisation, random-split, several of them, or all"
                    + " (default: leave-one-out; for KuaiRand time-split). A model is trained for each.")
    private List<String> protocols = new ArrayList<>();

    @Option(
            names = "--model",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Measure these alone: popularity, item-to-item, sequential-ridge, model (default: all of them).")
    private List<String> models = new ArrayList<>();

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (training.role() == TrainingRole.RANKER) {
            return evaluateRanker();
        }
        Path folder = work == null ? Files.createTempDirectory("millrace-evaluate") : Files.createDirectories(work);
        List<EvaluationReport> reports;
        try (ProgressDisplay display = ProgressDisplay.of(
                "Training", "CPU s", 1, output, spec.commandLine().getErr())) {
            reports = Evaluation.run(new EvaluationRequest(
                    data,
                    chosenProtocols(),
                    chosenModels(),
                    bundle,
                    training.config(),
                    folder,
                    new TrainingDisplay(display)));
        }
        spec.commandLine().getOut().println(output.isJson() ? json(reports) : text(reports));
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }

    /** A ranker asks for impressions, and is always measured on what came after it learnt. */
    private int evaluateRanker() throws IOException {
        if (bundle != null || !models.isEmpty() || !(protocols.isEmpty() || protocols.equals(List.of("time-split")))) {
            throw new CommandFailedException("--role ranker trains a ranker and measures it by time-split alone;"
                    + " leave out --bundle, --model and other protocols");
        }
        String reached = RankerReport.of(data, RankerConfig.defaults().withSeed(training.seed()), output.isJson());
        spec.commandLine().getOut().println(reached);
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }

    private List<Protocol> chosenProtocols() {
        return protocols.contains("all")
                ? List.of(Protocol.values())
                : protocols.stream().map(Protocol::named).toList();
    }

    private Set<ModelChoice> chosenModels() {
        return models.isEmpty()
                ? Set.of(ModelChoice.values())
                : models.stream().map(ModelChoice::named).collect(Collectors.toSet());
    }

    /** One protocol's object, or an array of several. */
    private static String json(List<EvaluationReport> reports) {
        List<String> documents = reports.stream().map(EvaluationReport::toJson).toList();
        return documents.size() == 1 ? documents.getFirst() : "[" + String.join(",", documents) + "]";
    }

    private static String text(List<EvaluationReport> reports) {
        return reports.stream().map(EvaluationReport::toText).collect(Collectors.joining("\n"));
    }
}
