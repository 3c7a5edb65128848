package dev.millrace.evaluation;

import dev.millrace.evaluation.dataset.InteractionFile;
import dev.millrace.evaluation.dataset.MovieLensSequences;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.ModelExport;
import dev.millrace.training.ProgressListener;
import dev.millrace.training.StopSignal;
import dev.millrace.training.Trainer;
import dev.millrace.training.TrainingConfig;
import dev.millrace.training.TrainingResult;
import dev.millrace.training.ridge.RidgePlan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** How fast the presets learn from a dataset, in runs too short to learn much (immutable). */
public final class TrainingSpeed {
    private static final RidgePlan NO_RIDGE = new RidgePlan(0, 0, 0);

    private final SequenceDataset dataset;

    private TrainingSpeed(SequenceDataset dataset) {
        this.dataset = dataset;
    }

    /** @param data MovieLens-1M's folder or a file of users, items and timestamps */
    public static TrainingSpeed of(Path data) throws IOException {
        return new TrainingSpeed(
                MovieLensSequences.isIn(data)
                        ? MovieLensSequences.read(data)
                        : InteractionFile.read(data).dataset());
    }

    /** What is learnt from: each user's items in order, under their numbers. */
    public SequenceDataset dataset() {
        return dataset;
    }

    /**
     * Lets the models that learn alone do so for a while, without the ridge, which is no learning by steps.
     *
     * @param work an empty folder
     * @return by the preset's name
     */
    public Map<String, TrainingRate> measure(Duration budget, Path work, ProgressListener listener) throws IOException {
        Map<String, TrainingConfig> presets = new LinkedHashMap<>();
        presets.put("demo", TrainingConfig.demo());
        presets.put("teacher", TrainingConfig.teacher());
        Map<String, TrainingRate> rates = new LinkedHashMap<>();
        for (Map.Entry<String, TrainingConfig> preset : presets.entrySet()) {
            TrainingConfig config = preset.getValue().withRidge(NO_RIDGE).withCpuBudget(budget);
            Path folder = Files.createDirectory(work.resolve(preset.getKey()));
            rates.put(preset.getKey(), measure(config, folder, listener));
            ModelExport.deleteTree(folder);
        }
        return rates;
    }

    private TrainingRate measure(TrainingConfig config, Path work, ProgressListener listener) throws IOException {
        TrainingResult result = Trainer.train(dataset, config, null, listener, work, new StopSignal());
        return switch (result) {
            case TrainingResult.Finished finished ->
                TrainingRate.of(
                        finished.model().course().curve(),
                        finished.model().course().cpuSeconds(),
                        config);
            case TrainingResult.TooLittleToLearn lack -> throw new MillraceException(ErrorCode.CONFLICT, lack.reason());
            case TrainingResult.Stopped stopped ->
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE, "learning was stopped at step " + stopped.step() + "; measure again");
        };
    }
}
