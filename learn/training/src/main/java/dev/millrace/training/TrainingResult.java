package dev.millrace.training;

import dev.millrace.training.bundle.TrainedModel;

import java.nio.file.Path;

/** How learning ended. */
public sealed interface TrainingResult {
    /** The budget is spent. */
    record Finished(TrainedModel model) implements TrainingResult {}

    /** It was asked to stop; the same call continues from the checkpoint. */
    record Stopped(long step, Path checkpoint) implements TrainingResult {}

    /** There is too little to learn from. */
    record TooLittleToLearn(String reason) implements TrainingResult {}
}
