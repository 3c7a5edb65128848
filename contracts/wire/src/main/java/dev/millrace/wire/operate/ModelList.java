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
     * @param features what it reads beside the history: the type of each feature by its name
     * @param parents the versions that it was made from, the nearest first
     * @param bytes the size of its files together
     * @param signedBy the key that its signature names; null without a signature
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
            Map<String, String> lineage,
            Map<String, String> features,
            List<String> parents,
            long bytes,
            @Nullable String signedBy) {
        public Model {
            metrics = Given.map("metrics", metrics);
            lineage = Given.map("lineage", lineage);
            features = Given.map("features", features);
            parents = Given.list("parents", parents);
        }
    }
}
