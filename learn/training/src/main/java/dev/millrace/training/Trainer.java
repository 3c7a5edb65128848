package dev.millrace.training;

import dev.millrace.model.InvalidValueException;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.bundle.TrainedModel;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Learns a sequence model from a dataset. Stateless; one run at a time per process, since libtorch's thread count is
 * the process's.
 *
 * <p>Each user's last action is kept back for validation. The weights that are returned are those of the best
 * validation. The run writes {@code checkpoint.bin} and {@code curve.jsonl} to its work directory about once a processor
 * minute and when it is stopped; the same call continues from there.
 */
public final class Trainer {
    private Trainer() {}

    public static TrainingResult train(
            SequenceDataset dataset, TrainingConfig config, ProgressListener listener, Path work) throws IOException {
        return train(dataset, config, null, listener, work, new StopSignal());
    }

    /** As {@link #train(SequenceDataset, TrainingConfig, TrainedModel, TrainedModel, ProgressListener, Path, StopSignal)}, from scratch. */
    public static TrainingResult train(
            SequenceDataset dataset,
            TrainingConfig config,
            @Nullable TrainedModel teacher,
            ProgressListener listener,
            Path work,
            StopSignal stop)
            throws IOException {
        return train(dataset, config, teacher, null, listener, work, stop);
    }

    /**
     * @param teacher whom the model learns from beside the labels; null for none
     * @param start whose weights it goes on from, of the same shape and vocabulary; null for none
     * @param stop ends the run early with a checkpoint; so does interrupting the thread
     */
    public static TrainingResult train(
            SequenceDataset dataset,
            TrainingConfig config,
            @Nullable TrainedModel teacher,
            @Nullable TrainedModel start,
            ProgressListener listener,
            Path work,
            StopSignal stop)
            throws IOException {
        if (teacher == null && config.distillation().hasTeacher()) {
            throw new InvalidValueException(
                    "distillation", "asks for a teacher, and none is given; train one first, or set its terms to 0");
        }
        requireSame(start, dataset, config);
        HoldOut holdOut = HoldOut.of(dataset, config.seed());
        String lack = holdOut.lack();
        if (lack != null) {
            return new TrainingResult.TooLittleToLearn(lack);
        }
        torch.set_num_threads(config.threads());
        openblas.blas_set_num_threads(config.threads());
        Files.createDirectories(work);
        TrainedModel asked = config.distillation().hasTeacher() ? teacher : null;
        try (TrainingRun run = new TrainingRun(holdOut, config, asked, start, listener, work, stop)) {
            return run.toEnd(dataset.vocabulary());
        }
    }

    private static void requireSame(@Nullable TrainedModel start, SequenceDataset dataset, TrainingConfig config) {
        if (start == null) {
            return;
        }
        if (!start.layout().shape().equals(config.shape())) {
            throw new InvalidValueException(
                    "shape",
                    config.shape() + " is not that of the model to go on from: "
                            + start.layout().shape());
        }
        if (!start.vocabulary().equals(dataset.vocabulary())) {
            throw new InvalidValueException(
                    "dataset", "numbers its items otherwise than the model to go on from; translate it first");
        }
    }
}
