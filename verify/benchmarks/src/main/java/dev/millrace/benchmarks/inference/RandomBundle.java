package dev.millrace.benchmarks.inference;

import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.TransformerBundle;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A bundle of the real shape with random weights: costs what a trained one costs, without the training. */
public final class RandomBundle {
    private RandomBundle() {}

    /** Writes a bundle whose item {@code k} is named {@code itemPrefix + k}. */
    public static Bundle write(Path directory, Sizes sizes, String itemPrefix, long seed) throws IOException {
        List<ItemId> items = new ArrayList<>(sizes.items());
        for (int i = 0; i < sizes.items(); i++) {
            items.add(new ItemId(itemPrefix + i));
        }
        BundleContent.Evidence evidence = new BundleContent.Evidence(
                Map.of(), Map.of("weights", "random", "seed", Long.toString(seed)), List.of());
        return BundleWriter.write(
                directory,
                TransformerBundle.of(
                        RandomTransformer.weights(sizes, seed), new Vocabulary(items), Instant.now(), evidence));
    }
}
