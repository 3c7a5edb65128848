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
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.prune.StructuredPruning;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A student with fewer heads of a lower rank, fewer neurons and a shorter reach, which has learnt on from its teacher since (immutable by convention). */
public final class PrunedStudent implements Compression {
    private static final String HEADS = "heads";
    private static final String RANK = "rank";
    private static final String NEURONS = "neurons";
    private static final String REACH = "reach";

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
        TrainedModel pruned = target.of(family.student());
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
     * What is left of each block; 0 for all that there is.
     *
     * @param heads of attention
     * @param rank of a head's matrices: the length of its queries, keys and values
     * @param neurons of the feed-forward layer
     * @param reach how many actions it sees from each
     */
    public record Target(int heads, int rank, int neurons, int reach) {
        TrainedModel of(TrainedModel student) {
            ModelShape shape = student.layout().shape();
            BlockSize size = shape.block();
            BlockSize kept = new BlockSize(
                    heads == 0 ? size.heads() : heads,
                    rank == 0 ? size.headDimension() : rank,
                    neurons == 0 ? size.feedForward() : neurons);
            return StructuredPruning.of(student, kept, reach == 0 ? shape.reach() : reach);
        }
    }

    @Override
    public String method() {
        ModelShape shape = tuned.layout().shape();
        BlockSize block = shape.block();
        return "pruned to " + block.heads() + " heads of rank " + block.headDimension() + ", " + block.feedForward()
                + " neurons, reach " + shape.reach();
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
        if (after.headDimension() < before.headDimension()) {
            operators.add(RANK);
        }
        if (after.feedForward() < before.feedForward()) {
            operators.add(NEURONS);
        }
        if (tuned.layout().shape().reach() < student.layout().shape().reach()) {
            operators.add(REACH);
        }
        return operators;
    }

    @Override
    public Map<String, Double> metrics() {
        return Map.of(
                "parameters",
                (double) tuned.toTransformerWeights().parameters(),
                "cpuSeconds",
                student.course().cpuSeconds() + tuned.course().cpuSeconds(),
                "ndcg10",
                tuned.ndcg10(),
                "hr10",
                tuned.hr10());
    }

    /** Alone, an operator is pruned and has not learnt on. */
    @Override
    public BundleContent content(Set<String> operators, BundleContent.Evidence evidence) {
        TrainedModel model = tuned;
        if (!operators.containsAll(operators())) {
            ModelShape after = tuned.layout().shape();
            model = new Target(
                            operators.contains(HEADS) ? after.block().heads() : 0,
                            operators.contains(RANK) ? after.block().headDimension() : 0,
                            operators.contains(NEURONS) ? after.block().feedForward() : 0,
                            operators.contains(REACH) ? after.reach() : 0)
                    .of(student);
        }
        return TransformerBundle.of(
                model.toTransformerWeights(), new Vocabulary(model.vocabulary()), Instant.now(), evidence);
    }
}
