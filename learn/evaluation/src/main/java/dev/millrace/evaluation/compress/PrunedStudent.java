package dev.millrace.evaluation.compress;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.compress.Compression;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.ProgressListener;
import dev.millrace.training.StopSignal;
import dev.millrace.training.Trainer;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.TrainingResult;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.BlockSize;
import dev.millrace.training.prune.StructuredPruning;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A student with fewer heads and neurons, which has learnt on from its teacher since (immutable by convention). */
public final class PrunedStudent implements Compression {
    private static final String HEADS = "heads";
    private static final String NEURONS = "neurons";

    private final Bundle original;
    private final TrainedModel student;
    private final TrainedModel tuned;

    private PrunedStudent(Bundle original, TrainedModel student, TrainedModel tuned) {
        this.original = original;
        this.student = student;
        this.tuned = tuned;
    }

    /**
     * Prunes a student and lets it learn on.
     *
     * @param original the student's bundle
     * @param data in the student's numbering
     * @param config how it learns on; its shape is set by what is pruned
     * @param work where the checkpoint of the run and the teacher's cache lie
     */
    public static PrunedStudent of(
            Bundle original,
            Family family,
            SequenceDataset data,
            Target target,
            TrainingConfig config,
            ProgressListener listener,
            Path work)
            throws IOException {
        TrainedModel pruned = StructuredPruning.of(family.student(), target.heads(), target.neurons());
        TrainingResult result = Trainer.train(
                data,
                config.withShape(pruned.layout().shape()),
                family.teacher(),
                pruned,
                listener,
                work,
                new StopSignal());
        return switch (result) {
            case TrainingResult.Finished finished -> new PrunedStudent(original, family.student(), finished.model());
            case TrainingResult.TooLittleToLearn lack -> throw new MillraceException(ErrorCode.CONFLICT, lack.reason());
            case TrainingResult.Stopped stopped ->
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE,
                        "learning on was stopped at step " + stopped.step() + "; the same command continues from "
                                + stopped.checkpoint());
        };
    }

    /** Who is pruned, and who teaches it. */
    public record Family(TrainedModel student, TrainedModel teacher) {}

    /**
     * What is left of each block.
     *
     * @param heads of attention
     * @param neurons of the feed-forward layer
     */
    public record Target(int heads, int neurons) {}

    @Override
    public String method() {
        BlockSize size = tuned.layout().shape().block();
        return "pruned to " + size.heads() + " heads and " + size.feedForward() + " neurons";
    }

    @Override
    public Bundle original() {
        return original;
    }

    @Override
    public List<String> operators() {
        BlockSize before = student.layout().shape().block();
        BlockSize after = tuned.layout().shape().block();
        List<String> operators = new ArrayList<>();
        if (after.heads() < before.heads()) {
            operators.add(HEADS);
        }
        if (after.feedForward() < before.feedForward()) {
            operators.add(NEURONS);
        }
        return operators;
    }

    @Override
    public Map<String, Double> metrics() {
        return Map.of(
                "parameters", (double) tuned.toTransformerWeights().parameters(),
                "cpuSeconds", student.course().cpuSeconds() + tuned.course().cpuSeconds(),
                "ndcg10", tuned.ndcg10(),
                "hr10", tuned.hr10());
    }

    /** Alone, an operator is pruned and has not learnt on. */
    @Override
    public BundleContent content(Set<String> operators, BundleContent.Evidence evidence) {
        TrainedModel model = tuned;
        if (!operators.containsAll(operators())) {
            BlockSize before = student.layout().shape().block();
            BlockSize after = tuned.layout().shape().block();
            model = StructuredPruning.of(
                    student,
                    operators.contains(HEADS) ? after.heads() : before.heads(),
                    operators.contains(NEURONS) ? after.feedForward() : before.feedForward());
        }
        return TransformerBundle.of(
                model.toTransformerWeights(), new Vocabulary(model.vocabulary()), Instant.now(), evidence);
    }
}
