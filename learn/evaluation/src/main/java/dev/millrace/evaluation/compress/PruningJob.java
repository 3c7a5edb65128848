package dev.millrace.evaluation.compress;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.LogSample;
import dev.millrace.training.ModelExport;
import dev.millrace.training.ProgressListener;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.TrainingJob;
import dev.millrace.training.work.TeacherFile;
import dev.millrace.training.work.WorkLock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Prunes the newest student of a data directory, lets it learn on, holds it against what it was on the newest actions of the
 * log, and publishes it where it passes: what {@code millrace models prune} runs. Single-threaded.
 */
public final class PruningJob {
    private PruningJob() {}

    /**
     * @param keys of the users in its log
     * @param config how it learns on
     */
    public static CompressionGate.Outcome run(
            Path dataDirectory,
            KeyConfig keys,
            Registry registry,
            PrunedStudent.Target target,
            TrainingConfig config,
            CompressionLimits limits,
            ProgressListener listener)
            throws IOException {
        Path work = dataDirectory.resolve("training");
        try (WorkLock _ = WorkLock.acquire(work)) {
            requireFinished(work);
            TeacherFile student = TeacherFile.read(requireStudent(work));
            TeacherFile teacher = TeacherFile.read(work.resolve(TrainingJob.TEACHER));
            Bundle original = registry.open(student.version())
                    .orElseThrow(() -> new MillraceException(
                            ErrorCode.NOT_FOUND,
                            "the student's version " + student.version() + " is no longer published; train it again"));
            SequenceDataset data = translated(
                    LogSample.take(dataDirectory.resolve("log"), keys).dataset(),
                    student.model().vocabulary());
            PrunedStudent pruned = PrunedStudent.of(
                    original,
                    new PrunedStudent.Family(student.model(), teacher.model()),
                    data,
                    target,
                    config,
                    listener,
                    work);
            Files.deleteIfExists(work.resolve(TrainingJob.CHECKPOINT));
            return published(pruned, data, limits, registry, dataDirectory);
        }
    }

    private static CompressionGate.Outcome published(
            PrunedStudent pruned, SequenceDataset data, CompressionLimits limits, Registry registry, Path dataDirectory)
            throws IOException {
        Path folder = Files.createTempDirectory(dataDirectory, "pruning");
        try {
            CompressionGate.Outcome outcome = CompressionGate.examine(pruned, data, limits, folder);
            return outcome.report().passes()
                    ? new CompressionGate.Outcome(
                            outcome.report(), registry.publish(outcome.bundle().directory()))
                    : outcome;
        } finally {
            ModelExport.deleteTree(folder);
        }
    }

    /** Its checkpoint would be lost. */
    private static void requireFinished(Path work) {
        Path checkpoint = work.resolve(TrainingJob.CHECKPOINT);
        if (Files.exists(checkpoint)) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "a training was stopped and left " + checkpoint + "; let it go on to its end, or delete the file");
        }
    }

    private static Path requireStudent(Path work) {
        Path student = work.resolve(TrainingJob.STUDENT);
        if (!Files.exists(student)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND, "there is no '" + student + "'; train one first with --role student");
        }
        return student;
    }

    /** The same sequences in the numbers of a vocabulary; items that it does not know are left out. */
    private static SequenceDataset translated(SequenceDataset data, List<ItemId> vocabulary) {
        Map<ItemId, Integer> numbers = new HashMap<>();
        for (int i = 0; i < vocabulary.size(); i++) {
            numbers.put(vocabulary.get(i), i);
        }
        int[][] sequences = Arrays.stream(data.sequences())
                .map(sequence -> Arrays.stream(sequence)
                        .map(item -> numbers.getOrDefault(data.vocabulary().get(item), -1))
                        .filter(item -> item >= 0)
                        .toArray())
                .toArray(int[][]::new);
        return new SequenceDataset(vocabulary, sequences);
    }
}
