package dev.millrace.wire.operate;

import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** What two versions differ in; what is equal is left out. */
public record ModelDifference(String before, String after, List<Change> changes) {
    public ModelDifference {
        changes = Given.list("changes", changes);
    }

    /**
     * One thing that differs.
     *
     * @param name what: {@code metrics.ndcg10}, {@code lineage.seed}, {@code files.encoder.onnx}, …
     * @param before null where the version before lacks it
     * @param after null where the version after lacks it
     */
    public record Change(
            String name, @Nullable String before, @Nullable String after) {}
}
