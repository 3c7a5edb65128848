package dev.millrace.evaluation;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.ModelExport;
import dev.millrace.training.StopSignal;
import dev.millrace.training.Trainer;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.TrainingResult;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.work.TeacherFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Trains the model that an evaluation measures, and exports it, so that what is measured is what would be served.
 *
 * <p>A model that learnt without a teacher is kept as one: a student that is evaluated in the same work folder afterwards
 * learns from it, and so from nothing that the protocol keeps back.
 */
final class TrainedBundle {
    /** The folder, within the work folder, of the bundle of a model that learnt alone. */
    static final String ALONE = "bundle";

    /** The same of one that learnt from a teacher. */
    static final String STUDENT = "student";

    static final String TEACHER = "teacher.bin";

    static final String PRUNABLE = "student.bin";

    /** What is kept as plain weights, by the folder of its bundle: a teacher for its students, a student to be pruned. */
    private static final Map<String, String> KEPT = Map.of(ALONE, TEACHER, STUDENT, PRUNABLE);

    private TrainedBundle() {}

    static Bundle of(SequenceDataset training, EvaluationRequest request, Path work) throws IOException {
        return of(training, request, work, request.training().distillation().hasTeacher() ? STUDENT : ALONE);
    }

    /** @param folder where in the work folder the bundle is written */
    static Bundle of(SequenceDataset training, EvaluationRequest request, Path work, String folder) throws IOException {
        TrainingConfig config = request.training();
        boolean taught = config.distillation().hasTeacher();
        TeacherFile teacher = taught ? TeacherFile.read(work.resolve(TEACHER)) : null;
        TrainingResult result = Trainer.train(
                training, config, teacher == null ? null : teacher.model(), request.listener(), work, new StopSignal());
        return switch (result) {
            case TrainingResult.Finished finished -> {
                Bundle bundle = export(finished.model(), training, request, teacher, work.resolve(folder));
                String kept = KEPT.get(folder);
                if (kept != null) {
                    new TeacherFile(bundle.version(), finished.model()).write(work.resolve(kept));
                }
                yield bundle;
            }
            case TrainingResult.TooLittleToLearn lack -> throw new MillraceException(ErrorCode.CONFLICT, lack.reason());
            case TrainingResult.Stopped stopped ->
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE,
                        "training was stopped at step " + stopped.step() + "; the same command continues from "
                                + stopped.checkpoint());
        };
    }

    private static Bundle export(
            TrainedModel model,
            SequenceDataset training,
            EvaluationRequest request,
            @Nullable TeacherFile teacher,
            Path directory)
            throws IOException {
        Map<String, String> lineage = new HashMap<>();
        lineage.put("source", request.data().toString());
        lineage.put("purpose", "evaluation");
        if (teacher != null) {
            lineage.put(ModelExport.PARENT, teacher.version());
        }
        return ModelExport.writeChecked(model, training, request.training(), lineage, directory);
    }
}
