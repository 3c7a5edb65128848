package dev.millrace.models;

import dev.millrace.model.ItemId;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.graph.TransformerWeights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Small real bundles for tests. */
final class TestBundles {
    static final Instant CREATED = Instant.parse("2026-03-01T10:15:30.250Z");

    private TestBundles() {}

    static BundleContent content(long seed, Instant created) {
        TransformerWeights weights = RandomTransformer.weights(new Sizes(20, 8, 2, 1, 5), seed);
        List<ItemId> items = new ArrayList<>();
        for (int i = 0; i < weights.items(); i++) {
            items.add(new ItemId("item \"" + i + "\" \\ ü\u2028日本"));
        }
        BundleContent.Evidence evidence = new BundleContent.Evidence(
                Map.of("ndcg10", 0.1811, "hr10", 0.3136),
                Map.of("seed", Long.toString(seed), "log", "0-999611"),
                List.of(new CurvePoint(100, 12.5, 5.4, 0.12, 0.21), new CurvePoint(200, 25, 5.1, 0.15, 0.26)));
        return TransformerBundle.of(weights, new Vocabulary(items), created, evidence);
    }

    static Bundle write(Path directory, long seed) throws IOException {
        return BundleWriter.write(directory, content(seed, CREATED));
    }

    /** As bundles were before signatures, parents and features. */
    static void writeSchemaOne(Path directory, long seed) throws IOException {
        BundleManifest written = write(directory, seed).manifest();
        Files.write(
                directory.resolve(Bundle.MANIFEST),
                BundleJson.manifest(new BundleManifest(
                        1, "", written.created(), written.kind(), written.shape(), written.facts(), written.files())));
    }

    /** Newer seeds are newer bundles. */
    static Bundle writeInOrder(Path directory, long seed) throws IOException {
        return BundleWriter.write(directory, content(seed, CREATED.plusSeconds(seed)));
    }
}
