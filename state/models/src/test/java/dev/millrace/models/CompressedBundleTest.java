package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.models.compress.SharedRows;
import dev.millrace.models.compress.StoredBundle;
import dev.millrace.models.compress.StoredPrecision;
import dev.millrace.models.quantized.ByteRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

class CompressedBundleTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(StoredPrecision.class)
    void itemVectors_ofACompressedBundle_areNearlyTheOriginals(StoredPrecision precision) throws IOException {
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        Bundle small = compressed(original, precision, Map.of());
        ItemVectors expected = original.itemVectors();
        ItemVectors actual = small.itemVectors();
        float[] wanted = new float[original.dimension()];
        float[] found = new float[original.dimension()];
        for (int item = 0; item < expected.count(); item++) {
            expected.read(item, wanted);
            actual.read(item, found);
            float greatest = 0;
            for (float value : wanted) {
                greatest = Math.max(greatest, Math.abs(value));
            }
            for (int i = 0; i < wanted.length; i++) {
                assertEquals(wanted[i], found[i], greatest / 250, precision + ", item " + item);
            }
        }
        assertEquals(precision.toString(), small.manifest().facts().lineage().get(CompressionEvidence.METHOD));
    }

    @Test
    void promote_compressedBundleWithoutComparison_isRefused() throws IOException {
        Registry registry = new Registry(folder.resolve("models"));
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        String version = registry.publish(
                        compressed(original, StoredPrecision.INT8, Map.of()).directory())
                .version();
        MillraceException refused = assertThrows(MillraceException.class, () -> registry.promote(version));
        assertEquals(ErrorCode.CONFLICT, refused.code());
        assertTrue(registry.live().isEmpty());
    }

    @Test
    void promote_compressedBundleThatPassed_isLive() throws IOException {
        Registry registry = new Registry(folder.resolve("models"));
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        Map<String, String> passed = Map.of(CompressionEvidence.PARITY, CompressionEvidence.PASSED);
        String version = registry.publish(
                        compressed(original, StoredPrecision.INT8, passed).directory())
                .version();
        registry.promote(version);
        assertEquals(version, registry.liveVersion());
    }

    @Test
    void storedBundle_ofOneThatIsStoredAlready_isRefusedWithItsParent() throws IOException {
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        Bundle small = compressed(original, StoredPrecision.FP16, Map.of());
        InvalidValueException refused =
                assertThrows(InvalidValueException.class, () -> StoredBundle.of(small, StoredPrecision.INT8));
        assertTrue(String.valueOf(refused.getMessage()).contains(original.version()), refused.getMessage());
    }

    @Test
    void open_byteVectorsCut_isRefused() throws IOException {
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        Path vectors =
                compressed(original, StoredPrecision.INT8, Map.of()).directory().resolve("item-vectors.i8");
        byte[] bytes = Files.readAllBytes(vectors);
        Files.write(vectors, java.util.Arrays.copyOf(bytes, bytes.length - 1));
        BundleRefusedException refused =
                assertThrows(BundleRefusedException.class, () -> Bundle.open(vectors.getParent()));
        assertEquals(BundleRefusedException.Reason.WRONG_SIZE, refused.reason());
    }

    @Test
    void sharedRows_rareItems_haveOneVectorAndTheOthersTheirOwn() throws IOException {
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        int items = original.vocabulary().size();
        long[] met = new long[items];
        java.util.Arrays.setAll(met, item -> item < 8 ? item : 1_000);
        SharedRows shared = SharedRows.of(original, 8, met);
        Bundle small = BundleWriter.write(
                folder.resolve("shared"),
                shared.content(
                        new HashSet<>(shared.operators()), new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        float[] mean = new float[original.dimension()];
        float[] row = new float[original.dimension()];
        for (int item = 0; item < 8; item++) {
            original.itemVectors().read(item, row);
            for (int i = 0; i < row.length; i++) {
                mean[i] += row[i] * (1 + item) / 36;
            }
        }
        for (int item = 0; item < items; item++) {
            float[] expected = mean;
            if (item >= 8) {
                expected = new float[original.dimension()];
                original.itemVectors().read(item, expected);
            }
            small.itemVectors().read(item, row);
            org.junit.jupiter.api.Assertions.assertArrayEquals(expected, row, 1e-6f, "item " + item);
        }
    }

    /** Sharing in instalments would lose more than any one comparison with the bundle before sees. */
    @Test
    void sharedRows_ofABundleThatSharesRows_areRefused() throws IOException {
        Bundle original = TestBundles.write(folder.resolve("original"), 1);
        long[] met = new long[original.vocabulary().size()];
        SharedRows once = SharedRows.of(original, 8, met);
        Bundle small = BundleWriter.write(
                folder.resolve("shared"),
                once.content(
                        new HashSet<>(once.operators()), new BundleContent.Evidence(Map.of(), Map.of(), List.of())));

        InvalidValueException refused = assertThrows(InvalidValueException.class, () -> SharedRows.of(small, 8, met));

        assertTrue(String.valueOf(refused.getMessage()).contains("shares rows already"), refused.getMessage());
    }

    @Test
    void write_rowsOfAnyScale_loseHalfAStepAtMost() {
        for (float size : new float[] {1e-6f, 0.003f, 1, 700, 1e5f}) {
            float[] row = {size, -size / 3, size / 7, 0};
            byte[] bytes = new byte[row.length];
            float step = Float.float16ToFloat(ByteRow.write(row, 0, row.length, bytes, 0));
            for (int i = 0; i < row.length; i++) {
                assertEquals(row[i], bytes[i] * step, step * 0.501, "size " + size);
            }
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> ByteRow.write(new float[] {Float.POSITIVE_INFINITY}, 0, 1, new byte[1], 0));
    }

    private Bundle compressed(Bundle original, StoredPrecision precision, Map<String, String> told) throws IOException {
        StoredBundle compression = StoredBundle.of(original, precision);
        Map<String, String> lineage = new java.util.HashMap<>(told);
        lineage.put(CompressionEvidence.METHOD, compression.method());
        BundleContent.Evidence evidence =
                new BundleContent.Evidence(Map.of(), lineage, List.of()).withParents(List.of(original.version()));
        return BundleWriter.write(
                folder.resolve("small-" + precision),
                compression.content(new HashSet<>(compression.operators()), evidence));
    }
}
