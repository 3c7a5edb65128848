package dev.millrace.recommend;

import dev.millrace.pipeline.Pipeline;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One way to answer: its name, which is the arm in logs, and its pipelines. Immutable.
 *
 * @param fillable whether any eligible item is better than none; not so for likeness, and for a list that was given
 * @param isRanked whether a live ranker orders its candidates
 * @param withModel the pipeline while a model is live; null where no model is used
 * @param withoutModel the pipeline before one is, or without any
 */
record Scenario(
        String name,
        boolean fillable,
        boolean isRanked,
        @Nullable Pipeline withModel,
        Pipeline withoutModel) {
    boolean usesModel() {
        return withModel != null;
    }

    List<Pipeline> pipelines() {
        return withModel == null ? List.of(withoutModel) : List.of(withModel, withoutModel);
    }

    String describe() {
        return withModel == null ? withoutModel.describe() : withModel.describe() + "\n" + withoutModel.describe();
    }
}
