package dev.millrace.training;

import dev.millrace.samples.SequenceDataset;

import java.nio.file.Path;

/**
 * Learns a model and publishes it: what {@code millrace train} runs. One thread; interrupting it, or asking the process
 * to end, writes a checkpoint from which the next call continues.
 */
public final class TrainingJob {
    private final TrainingConfig config;
    private final ProgressListener listener;

    public TrainingJob(TrainingConfig config, ProgressListener listener) {
        this.config = config;
        this.listener = listener;
    }

    /** Learns from the log of a data directory, which a server may be writing, and publishes to its registry. */
    public TrainingOutcome runOnDataDirectory(Path dataDirectory) {
        throw new UnsupportedOperationException("reading " + dataDirectory + " with " + config + " for " + listener);
    }

    /** Learns from a dataset and publishes to the registry at {@code models}; checkpoints go to {@code work}. */
    public TrainingOutcome runOnDataset(SequenceDataset dataset, Path models, Path work) {
        throw new UnsupportedOperationException(dataset.userCount() + " users, " + models + ", " + work);
    }
}
