package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.CurvePoint;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A file of a model bundle is changed and the bundle opened. */
public final class BundleTarget {
    private static final RandomTransformer.Sizes SIZES = new RandomTransformer.Sizes(3, 2, 1, 1, 4);
    private static final FileSet FILES = FileSet.of(BundleTarget::make);

    private BundleTarget() {}

    private static void make(Path directory) throws IOException {
        BundleContent.Evidence evidence = new BundleContent.Evidence(
                Map.of("ndcg10", 0.5), Map.of("seed", "1"), List.of(new CurvePoint(100, 12.5, 5.4, 0.12, 0.21)));
        Vocabulary items = new Vocabulary(List.of(new ItemId("a"), new ItemId("b"), new ItemId("\u65E5")));
        Bundle ignored = BundleWriter.write(
                directory.resolve("bundle"),
                TransformerBundle.of(
                        RandomTransformer.weights(SIZES, 1), items, Instant.ofEpochSecond(1_780_000_000L), evidence));
    }

    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean[] changed = new boolean[1];
        Path directory = FILES.write(data, (name, whole, bytes) -> changed[0] = !Arrays.equals(whole, bytes));
        try {
            Bundle ignored = Bundle.open(directory.resolve("bundle"));
            if (changed[0]) {
                throw new AssertionError("a changed bundle passes for whole");
            }
        } catch (BundleRefusedException e) {
            // Declared.
        }
    }
}
