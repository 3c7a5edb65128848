package dev.millrace.evaluation.compress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.compress.Compression;
import dev.millrace.models.compress.StoredBundle;
import dev.millrace.models.compress.StoredPrecision;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.samples.SequenceDataset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class CompressionGateTest {
    private static final long SEED = 4;
    private static final int ITEMS = 120;
    private static final BundleContent.Evidence NONE = new BundleContent.Evidence(Map.of(), Map.of(), List.of());

    /** The clock of a busy machine must not decide a test of what is lost. */
    private static final CompressionLimits ANY_SPEED = new CompressionLimits(0.2, 0.8, 0);

    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList();

    @TempDir
    Path folder;

    private Bundle original;

    @BeforeEach
    void write() throws IOException {
        original = BundleWriter.write(
                folder.resolve("original"),
                TransformerBundle.of(
                        RandomTransformer.weights(new Sizes(ITEMS, 32, 2, 1, 8), SEED),
                        new Vocabulary(VOCABULARY),
                        Instant.EPOCH,
                        NONE));
    }

    @Test
    void examine_halves_passesAndMayBeLive() throws IOException {
        CompressionGate.Outcome outcome = examine(StoredBundle.of(original, StoredPrecision.FP16), ANY_SPEED);
        assertNull(outcome.report().refusal());
        assertTrue(outcome.report().overlap() > 0.98, outcome.report().toString());
        assertTrue(outcome.report().timesSmaller() > 1.5, outcome.report().toString());
        assertEquals(
                List.of(original.version()), outcome.bundle().manifest().facts().parents());
        Registry registry = new Registry(folder.resolve("models"));
        registry.promote(registry.publish(outcome.bundle().directory()).version());
    }

    @Test
    void examine_slowerThanAsked_isRefused() throws IOException {
        CompressionGate.Outcome outcome =
                examine(StoredBundle.of(original, StoredPrecision.FP16), new CompressionLimits(0.2, 0.8, 100));
        String refusal = told(outcome.report().refusal());
        assertTrue(refusal.contains("speed"), refusal);
    }

    /** How sure the clock must be is the measurement's own affair, and no discount on what is asked for. */
    @Test
    void limits_whereNothingElseIsAskedFor_letNothingSlowerPass() {
        assertEquals(1, CompressionLimits.standard().speed());
        assertEquals(1, CompressionLimits.ofSharedRows().speed());
        assertEquals(1, CompressionLimits.ofPruning().speed());
    }

    @Test
    void examine_operatorThatIsSpoilt_isRefusedByItsName() throws IOException {
        CompressionGate.Outcome outcome = examine(new Spoilt(original), ANY_SPEED);
        String refusal = told(outcome.report().refusal());
        assertTrue(refusal.contains("'spoilt'"), refusal);
        assertTrue(outcome.report().overlap() < 0.8, outcome.report().toString());
    }

    @Test
    void examine_ofWhatHasPassed_doesNotInheritTheOutcome() throws IOException {
        Bundle passed = examine(StoredBundle.of(original, StoredPrecision.FP16), ANY_SPEED)
                .bundle();
        assertEquals("passed", passed.manifest().facts().lineage().get("parity"));

        CompressionGate.Outcome outcome =
                CompressionGate.examine(new Spoilt(passed), data(), ANY_SPEED, folder.resolve("again"));

        assertNotNull(outcome.report().refusal());
        Registry registry = new Registry(folder.resolve("models"));
        String version = registry.publish(outcome.bundle().directory()).version();
        assertThrows(MillraceException.class, () -> registry.promote(version));
    }

    private CompressionGate.Outcome examine(Compression compression, CompressionLimits limits) throws IOException {
        return CompressionGate.examine(compression, data(), limits, folder.resolve("work"));
    }

    private static String told(@org.jspecify.annotations.Nullable String text) {
        assertNotNull(text);
        return text;
    }

    private static SequenceDataset data() {
        SplittableRandom random = new SplittableRandom(SEED);
        int[][] sequences = new int[300][];
        for (int user = 0; user < sequences.length; user++) {
            sequences[user] = random.ints(2 + random.nextInt(10), 0, ITEMS).toArray();
        }
        return new SequenceDataset(VOCABULARY, sequences);
    }

    /** One operator that changes nothing, and one that puts another network in the original's place. */
    private record Spoilt(Bundle original) implements Compression {
        @Override
        public String method() {
            return "spoilt";
        }

        @Override
        public List<String> operators() {
            return List.of("harmless", "spoilt");
        }

        @Override
        public BundleContent content(Set<String> operators, BundleContent.Evidence evidence) {
            long seed = operators.contains("spoilt") ? SEED + 1 : SEED;
            return TransformerBundle.of(
                    RandomTransformer.weights(new Sizes(ITEMS, 32, 2, 1, 8), seed),
                    new Vocabulary(VOCABULARY),
                    Instant.EPOCH,
                    evidence);
        }
    }
}
