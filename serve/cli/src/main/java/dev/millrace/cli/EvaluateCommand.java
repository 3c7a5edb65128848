package dev.millrace.cli;

import dev.millrace.evaluation.Evaluation;
import dev.millrace.evaluation.EvaluationReport;
import dev.millrace.evaluation.EvaluationRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code millrace evaluate}: ranks a data set's held-out actions with the model and with baselines beside it. */
@Command(
        name = "evaluate",
        description =
                "Measures the model beside popularity and item-to-item on a data set, and prints HR@10 and NDCG@10.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace evaluate --data ml-1m",
            "  millrace evaluate --data ml-1m --preset good --json",
            "  millrace evaluate --data kuairand --bundle millrace-data/models/bundles/VERSION",
            "",
            "MovieLens-1M: leave-one-out, full ranking, seen items excluded. KuaiRand: clicks by a time split."
        })
final class EvaluateCommand implements Callable<Integer> {
    @Option(names = "--data", paramLabel = "DIR", required = true, description = "The data set's folder.")
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

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Path folder = work == null ? Files.createTempDirectory("millrace-evaluate") : Files.createDirectories(work);
        EvaluationReport report;
        try (ProgressDisplay display = ProgressDisplay.of(
                "Training", "CPU s", 1, output, spec.commandLine().getErr())) {
            report = Evaluation.run(
                    new EvaluationRequest(data, bundle, training.config(), folder, new TrainingDisplay(display)));
        }
        spec.commandLine().getOut().println(output.isJson() ? report.toJson() : report.toText());
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }
}
