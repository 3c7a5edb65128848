package dev.millrace.recommend;

import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.pipeline.PipelineResult;
import dev.millrace.pipeline.PipelineResult.StageResult;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A slate in the making: what each stage took, and what is missing. Owned by one request. */
final class Draft {
    private final List<Slate.StageTime> stages;
    private final List<Slate.Degradation> degradations = new ArrayList<>();

    private Draft(int stageCount) {
        stages = new ArrayList<>(stageCount + 1);
    }

    static Draft of(PipelineResult result) {
        Draft draft = new Draft(result.stages().size());
        boolean ended = false;
        for (StageResult stage : result.stages()) {
            draft.stages.add(new Slate.StageTime(
                    stage.stage(), stage.nanos() / 1000, stage.outcome().label()));
            // What comes after the stage that ended the run is missing for that one reason.
            if (stage.outcome() != PipelineResult.Outcome.OK && !ended) {
                draft.degraded(stage.stage(), stage.reason());
            }
            ended |= stage.endsRun();
        }
        return draft;
    }

    void degraded(String stage, String reason) {
        degradations.add(new Slate.Degradation(stage, reason));
    }

    <T> T timed(String stage, Supplier<T> work) {
        long begun = System.nanoTime();
        T result = work.get();
        stages.add(new Slate.StageTime(stage, (System.nanoTime() - begun) / 1000, "ok"));
        return result;
    }

    Slate slate(RecommendationId id, String arm, String model, List<Slate.Entry> entries) {
        return new Slate(id, arm, model, entries, stages, degradations);
    }
}
