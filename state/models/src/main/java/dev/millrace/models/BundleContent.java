package dev.millrace.models;

import dev.millrace.models.onnx.OnnxGraph;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Everything a bundle is written from.
 *
 * @param kind the family of model, such as {@code causal-transformer}
 * @param historyLength L, the positions of the encoder's input
 * @param vocabulary the items, in the order of the embedding's rows 1, 2, …
 * @param vectors one row per item of the vocabulary, for the vector index and the scorer
 */
public record BundleContent(
        String kind,
        Instant created,
        int historyLength,
        Vocabulary vocabulary,
        ItemVectors vectors,
        Graphs graphs,
        Evidence evidence) {
    public BundleContent {
        if (historyLength < 1) {
            throw new IllegalArgumentException("historyLength is " + historyLength + "; give 1 or more");
        }
        if (vocabulary.size() < 1 || vocabulary.size() != vectors.count()) {
            throw new IllegalArgumentException("the vocabulary has " + vocabulary.size() + " items but there are "
                    + vectors.count() + " item vectors; give one vector per item, and at least one");
        }
    }

    /** The two networks of a bundle. */
    public record Graphs(OnnxGraph encoder, OnnxGraph scorer) {}

    /**
     * What is known about a model.
     *
     * @param metrics measured quality, by name ({@code ndcg10}, {@code hr10}, …)
     * @param lineage where the model comes from: data, log offsets, configuration, seed
     * @param curve how its training went
     * @param features what it reads beside the history: the type of each feature by its name
     * @param parents the versions that it was made from, the nearest first: a teacher, what was compressed
     */
    public record Evidence(
            Map<String, Double> metrics,
            Map<String, String> lineage,
            List<CurvePoint> curve,
            Map<String, String> features,
            List<String> parents) {
        /** Of a model that reads the history alone and was made from no other. */
        public Evidence(Map<String, Double> metrics, Map<String, String> lineage, List<CurvePoint> curve) {
            this(metrics, lineage, curve, Map.of(), List.of());
        }

        public Evidence withParents(List<String> versions) {
            return new Evidence(metrics, lineage, curve, features, versions);
        }

        public Evidence {
            metrics = Map.copyOf(metrics);
            lineage = Map.copyOf(lineage);
            curve = List.copyOf(curve);
            features = Map.copyOf(features);
            parents = List.copyOf(parents);
            metrics.forEach((name, value) -> {
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException("metric '" + name + "' is " + value + "; give a finite number");
                }
            });
        }
    }
}
