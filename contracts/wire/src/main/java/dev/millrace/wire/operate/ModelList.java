package dev.millrace.wire.operate;

import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The registry's versions, newest first. */
public record ModelList(List<Model> models, @Nullable String live) {
    public ModelList {
        models = Given.list("models", models);
    }

    /**
     * One version.
     *
     * @param live whether it is the one to answer
     * @param metrics measured when it was made, by name
     * @param lineage what it was made from
     */
    public record Model(
            String version,
            Instant created,
            String kind,
            int dimension,
            int historyLength,
            long items,
            boolean live,
            Map<String, Double> metrics,
            Map<String, String> lineage) {
        public Model {
            metrics = Given.map("metrics", metrics);
            lineage = Given.map("lineage", lineage);
        }
    }
}
