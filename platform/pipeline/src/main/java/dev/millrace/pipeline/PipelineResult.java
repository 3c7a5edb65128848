package dev.millrace.pipeline;

import dev.millrace.pipeline.StageSpec.FailurePolicy;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * How a run went: each stage in the order of the pipeline, with its time and its end. Immutable.
 *
 * @param nanos the wall-clock time of the whole run
 */
public record PipelineResult(List<StageResult> stages, long nanos) {
    /** How a stage ended. */
    public enum Outcome {
        OK("ok"),
        /** It said itself that it did less than it should; what it wrote counts. */
        PARTIAL("partial"),
        /** It threw. */
        FAILED("failed"),
        /** It was abandoned at its deadline, or its time had passed before it began. */
        LATE("late"),
        /** It was not begun. */
        SKIPPED("skipped");

        private final String label;

        Outcome(String label) {
            this.label = label;
        }

        /** The name that answers give it. */
        public String label() {
            return label;
        }
    }

    /**
     * How one stage went.
     *
     * @param nanos wall-clock time; of an abandoned stage, the time that was waited for it
     * @param reason empty when the outcome is OK
     * @param policy what was done about an outcome other than OK
     * @param endsRun whether the run ended here
     */
    public record StageResult(
            String stage,
            Outcome outcome,
            long nanos,
            String reason,
            FailurePolicy policy,
            boolean endsRun,
            @Nullable Throwable error) {}

    public PipelineResult {
        stages = List.copyOf(stages);
    }

    /** The stages that the answer does without, wholly or in part. */
    public List<StageResult> degradations() {
        return stages.stream().filter(stage -> stage.outcome() != Outcome.OK).toList();
    }

    /** The stage that ended the run before its end; null for a run that reached it. */
    public @Nullable StageResult failure() {
        for (StageResult stage : stages) {
            if (stage.endsRun()) {
                return stage;
            }
        }
        return null;
    }
}
