package dev.millrace.training;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Map;

/** How a training job ended. */
public sealed interface TrainingOutcome {
    /**
     * A bundle was written to the registry.
     *
     * @param promoted whether it is live now
     */
    record Published(String version, boolean promoted, double ndcg10, double hr10, double cpuSeconds)
            implements TrainingOutcome {}

    /**
     * A ranker was written to the registry.
     *
     * @param objection why it is not live: what the live one foretells better; null where it is live now
     * @param metrics on impressions that it has not learnt from
     */
    record RankerPublished(String version, @Nullable String objection, Map<String, Double> metrics, double cpuSeconds)
            implements TrainingOutcome {}

    /** There is too little to learn from; the reason says what is missing. */
    record TooLittleToLearn(String reason) implements TrainingOutcome {}

    /** The run was asked to stop; the same call continues it from the checkpoint. */
    record Interrupted(long step, Path checkpoint) implements TrainingOutcome {}
}
