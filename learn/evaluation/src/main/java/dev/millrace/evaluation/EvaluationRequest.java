package dev.millrace.evaluation;

import dev.millrace.training.ProgressListener;
import dev.millrace.training.TrainingConfig;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What {@code millrace evaluate} asks for.
 *
 * @param data MovieLens-1M or KuaiRand-Pure, recognised by their files, or any file of users, items and times
 * @param protocols in the order of their reports; empty for the one that the data is usually compared under
 * @param models which models are measured
 * @param bundle a bundle whose model is evaluated; null trains one first on the training part of the data
 * @param training how to train where no bundle is given
 * @param work where trained bundles, teachers and checkpoints are kept, in a folder per protocol
 */
public record EvaluationRequest(
        Path data,
        List<Protocol> protocols,
        Set<ModelChoice> models,
        @Nullable Path bundle,
        TrainingConfig training,
        Path work,
        ProgressListener listener) {
    public EvaluationRequest {
        protocols = List.copyOf(protocols);
        models = Set.copyOf(models);
    }
}
