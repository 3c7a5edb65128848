package dev.millrace.training;

import dev.millrace.samples.SequenceDataset;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

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
        return train(dataset, config, listener, work, new StopSignal());
    }

    /** @param stop ends the run early with a checkpoint; so does interrupting the thread */
    public static TrainingResult train(
            SequenceDataset dataset, TrainingConfig config, ProgressListener listener, Path work, StopSignal stop)
            throws IOException {
        HoldOut holdOut = HoldOut.of(dataset, config.seed());
        String lack = holdOut.lack();
        if (lack != null) {
            return new TrainingResult.TooLittleToLearn(lack);
        }
        torch.set_num_threads(config.threads());
        openblas.blas_set_num_threads(config.threads());
        Files.createDirectories(work);
        try (TrainingRun run = new TrainingRun(holdOut, config, listener, work, stop)) {
            return run.toEnd(dataset.vocabulary());
        }
    }
}
