package dev.millrace.training.ranking;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.models.BundleContent;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.MultiTaskGraph;
import dev.millrace.models.graph.MultiTaskWeights;
import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.training.network.WeightLayout;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a trained ranker as a bundle. Stateless. */
public final class RankerExport {
    private RankerExport() {}

    /**
     * @param schema the features that the examples were read by
     * @param metrics by name; those that are no finite numbers are left out
     */
    public static MultiTaskBundle write(
            TrainedRanker ranker,
            FeatureSchema schema,
            Map<String, Double> metrics,
            Map<String, String> lineage,
            Path directory)
            throws IOException {
        Map<String, Double> finite = new HashMap<>(metrics);
        finite.values().removeIf(value -> !Double.isFinite(value));
        List<String> numbers =
                schema.numeric().stream().map(FeatureDefinition.Numeric::name).toList();
        return MultiTaskBundle.write(
                directory,
                MultiTaskGraph.network(weights(ranker, numbers.size())),
                new MultiTaskBundle.Inputs(
                        ranker.config().heads().stream()
                                .map(head -> head.name().toLowerCase(Locale.ROOT))
                                .toList(),
                        numbers,
                        ranker.config().rows()),
                new MultiTaskBundle.Tables(
                        slice(ranker, numbers.size(), RankerNetwork.ITEMS),
                        slice(ranker, numbers.size(), RankerNetwork.USERS)),
                new BundleContent.Evidence(finite, lineage, List.of(), schema.meanings(), List.of()));
    }

    static MultiTaskWeights weights(TrainedRanker ranker, int numbers) {
        RankerConfig config = ranker.config();
        List<Linear> layers = new ArrayList<>();
        for (int layer = 0; layer < config.hidden().size(); layer++) {
            layers.add(linear(ranker, numbers, "layer" + layer));
        }
        return new MultiTaskWeights(
                config.dimension(),
                slice(ranker, numbers, RankerNetwork.RECENCY),
                new MultiTaskWeights.Scale(
                        ranker.scale().means(), ranker.scale().deviations()),
                layers,
                linear(ranker, numbers, "heads"));
    }

    private static Linear linear(TrainedRanker ranker, int numbers, String name) {
        return new Linear(slice(ranker, numbers, name + ".weight"), slice(ranker, numbers, name + ".bias"));
    }

    private static float[] slice(TrainedRanker ranker, int numbers, String name) {
        WeightLayout.Slot slot = RankerNetwork.layout(ranker.config(), numbers).slot(name);
        return Arrays.copyOfRange(ranker.weights(), slot.offset(), slot.offset() + slot.length());
    }
}
