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
     */
    public record Evidence(Map<String, Double> metrics, Map<String, String> lineage, List<CurvePoint> curve) {
        public Evidence {
            metrics = Map.copyOf(metrics);
            lineage = Map.copyOf(lineage);
            curve = List.copyOf(curve);
            metrics.forEach((name, value) -> {
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException("metric '" + name + "' is " + value + "; give a finite number");
                }
            });
        }
    }
}
