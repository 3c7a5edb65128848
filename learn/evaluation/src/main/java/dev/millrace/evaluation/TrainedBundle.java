package dev.millrace.evaluation;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.ModelExport;
import dev.millrace.training.Trainer;
import dev.millrace.training.TrainingResult;

import java.io.IOException;
import java.util.Map;

/** Trains the model that an evaluation measures, and exports it, so that what is measured is what would be served. */
final class TrainedBundle {
    private TrainedBundle() {}

    static Bundle of(SequenceDataset training, EvaluationRequest request) throws IOException {
        TrainingResult result = Trainer.train(training, request.training(), request.listener(), request.work());
        return switch (result) {
            case TrainingResult.Finished finished ->
                ModelExport.writeChecked(
                        finished.model(),
                        training,
                        request.training(),
                        Map.of("source", request.data().toString(), "purpose", "evaluation"),
                        request.work().resolve("bundle"));
            case TrainingResult.TooLittleToLearn lack -> throw new MillraceException(ErrorCode.CONFLICT, lack.reason());
            case TrainingResult.Stopped stopped ->
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE,
                        "training was stopped at step " + stopped.step() + "; the same command continues from "
                                + stopped.checkpoint());
        };
    }
}
