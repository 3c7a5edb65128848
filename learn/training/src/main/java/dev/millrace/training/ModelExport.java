package dev.millrace.training;

import ai.onnxruntime.OrtException;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.graph.TransformerWeights;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.bundle.BundleModel;
import dev.millrace.training.bundle.ParityCheck;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.ridge.WeightedRidge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes a trained model as a bundle and checks that the bundle answers as the trainer does. Stateless. */
public final class ModelExport {
    /** The key under which a caller's lineage names the version of a student's teacher; the bundle keeps it as its parent. */
    public static final String PARENT = "parent";

    private ModelExport() {}

    /** @param lineage what the caller knows of the data's origin; size, seed and budget are added */
    private static Bundle write(
            TrainedModel model,
            SequenceDataset dataset,
            TrainingConfig config,
            Map<String, String> lineage,
            Path directory)
            throws IOException {
        Map<String, String> origin = new HashMap<>(lineage);
        String parent = origin.remove(PARENT);
        origin.put("users", Integer.toString(dataset.userCount()));
        origin.put("actions", Long.toString(dataset.actionCount()));
        origin.put("seed", Long.toString(config.seed()));
        origin.put("cpuBudget", config.cpuBudget().toString());
        origin.put("plan", config.plan().toString());
        origin.put("shape", config.shape().toString());
        if (config.distillation().hasTeacher()) {
            origin.put("distillation", config.distillation().toString());
        }
        origin.put("warmStart", WarmStart.isRidgeAffordable(dataset.itemCount(), config) ? "ridge" : "transitions");
        TransformerWeights weights = model.toTransformerWeights();
        WeightedRidge ridge = model.ridge();
        Map<String, Double> metrics = Map.of(
                "ndcg10", model.ndcg10(),
                "hr10", model.hr10(),
                "cpuSeconds", model.course().cpuSeconds(),
                "parameters", (double) weights.parameters(),
                "ridgeWeight", ridge == null ? 0.0 : ridge.weight());
        return BundleWriter.write(
                directory,
                TransformerBundle.of(
                        weights,
                        new Vocabulary(model.vocabulary()),
                        Instant.now(),
                        new BundleContent.Evidence(
                                        metrics, origin, model.course().curve())
                                .withParents(parent == null ? List.of() : List.of(parent))));
    }

    /**
     * Replaces {@code directory} by the model's bundle.
     *
     * @throws MillraceException (INTERNAL) when the bundle's answers differ from the trainer's by more than 1e-4
     */
    public static Bundle writeChecked(
            TrainedModel model,
            SequenceDataset dataset,
            TrainingConfig config,
            Map<String, String> lineage,
            Path directory)
            throws IOException {
        deleteTree(directory);
        Bundle bundle = write(model, dataset, config, lineage, directory);
        double difference = difference(model, bundle, dataset);
        if (difference > ParityCheck.LIMIT) {
            throw new MillraceException(
                    ErrorCode.INTERNAL,
                    "the exported model differs from the trained one by " + difference + "; at most "
                            + ParityCheck.LIMIT + " is allowed. The bundle is kept in " + directory);
        }
        return bundle;
    }

    /** The largest difference between the bundle's answers and the trainer's, on the dataset's histories. */
    static double difference(TrainedModel model, Bundle bundle, SequenceDataset dataset) throws IOException {
        try (BundleModel served = new BundleModel(bundle)) {
            return ParityCheck.largestDifference(model, served, dataset.sequences());
        } catch (OrtException e) {
            throw new MillraceException(
                    ErrorCode.INTERNAL, "ONNX Runtime cannot run the exported model: " + e.getMessage(), e);
        }
    }

    /** Deletes a directory with all that is in it, where it exists. */
    public static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(directory)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.delete(file);
        }
    }
}
