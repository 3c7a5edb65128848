package dev.millrace.training;

/** Told where a training run stands, on the training thread, several times a minute. */
@FunctionalInterface
public interface ProgressListener {
    void onProgress(TrainingProgress progress);

    static ProgressListener none() {
        return progress -> {};
    }
}
