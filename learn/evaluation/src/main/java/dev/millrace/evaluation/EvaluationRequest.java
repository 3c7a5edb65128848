package dev.millrace.evaluation;

import dev.millrace.training.ProgressListener;
import dev.millrace.training.TrainingConfig;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * What {@code millrace evaluate} asks for.
 *
 * @param data a dataset's directory: MovieLens-1M (leave-one-out) or KuaiRand-Pure (time split), recognised by its files
 * @param bundle a bundle whose model is evaluated; null trains one first on the training part of the data
 * @param training how to train where no bundle is given
 * @param work where the trained bundle and its checkpoints are kept
 */
public record EvaluationRequest(
        Path data, @Nullable Path bundle, TrainingConfig training, Path work, ProgressListener listener) {}
