package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class DeltaBundleTest {
    private static final int DIMENSION = 8;

    @TempDir
    Path temporary;

    private Registry registry;
    private String live;
    private int folders;

    @BeforeEach
    void open() throws IOException {
        registry = new Registry(temporary.resolve("registry"));
        live = publishModel(1);
        registry.promote(live);
    }

    private String publishModel(long seed) throws IOException {
        Path source = temporary.resolve("model" + seed);
        TestBundles.writeInOrder(source, seed);
        return registry.publish(source).version();
    }

    private static ModelDelta delta(String parent, long sequence) {
        float[] shift = {1, 2, 3, 4, 5, 6, 7, 8.5f};
        return new ModelDelta(
                parent,
                sequence,
                Cause.LEARNED,
                4711,
                new float[] {0, 0, 0.25f, 0, 0, 0, 0, -1},
                List.of(
                        new ItemChange(new ItemId("a \"b\" ü"), 0.5f, shift),
                        new ItemChange(new ItemId("c"), -2, shift)),
                new TreeMap<>(Map.of("jazz", 0.125f)),
                new ModelDelta.Heads(
                        "a ranker", new TreeMap<>(Map.of("slope", 0.75)), new TreeMap<>(Map.of("click", -0.25f))));
    }

    private Path write(ModelDelta delta) throws IOException {
        Path directory = temporary.resolve("delta" + folders++);
        DeltaBundle.write(directory, delta, Map.of("logLoss", 0.5));
        return directory;
    }

    @Test
    void delta_writtenAndRead_isTheSame() throws IOException {
        ModelDelta written = delta(live, 3);

        Bundle bundle = registry.publishDelta(write(written));
        ModelDelta read = DeltaBundle.read(registry.open(bundle.version()).orElseThrow());

        assertEquals(written.parent(), read.parent());
        assertEquals(3, read.sequence());
        assertEquals(Cause.LEARNED, read.cause());
        assertEquals(4711, read.logOffset());
        assertArrayEquals(written.userShift(), read.userShift());
        assertEquals(2, read.items().size());
        assertEquals("a \"b\" ü", read.items().getFirst().item().value());
        assertEquals(-2, read.items().get(1).bias());
        assertArrayEquals(
                written.items().getFirst().shift(), read.items().getFirst().shift());
        assertEquals(written.topics(), read.topics());
        assertEquals(written.heads(), read.heads());
        assertEquals(live + "+3", read.label());
        assertEquals(bundle.version(), registry.deltaVersion());
        assertEquals(live, registry.liveVersion(), "the model stays live");
    }

    /** What a version wrote that knew no offsets. */
    @Test
    void delta_ofBefore_hasNoOffsets() throws IOException {
        Path directory = write(delta(live, 1));
        Bundle bundle = Bundle.open(directory);
        Path numbers = directory.resolve("delta.json");
        String now = Files.readString(numbers);
        Files.writeString(numbers, now.replace(",\"rankerOffsets\":{\"click\":-0.25}", ""));
        assertTrue(Files.size(numbers) < now.length(), now);

        ModelDelta read = DeltaBundle.read(bundle);

        assertEquals(Map.of(), read.heads().offsets());
        assertEquals(Map.of("slope", 0.75), read.heads().values());
    }

    @Test
    void delta_withoutItems_isWrittenAndRead() throws IOException {
        ModelDelta empty = ModelDelta.empty(live, 1, Cause.BEGIN, 0, DIMENSION);

        ModelDelta read = DeltaBundle.read(registry.publishDelta(write(empty)));

        assertEquals(List.of(), read.items());
        assertEquals(DIMENSION, read.dimension());
    }

    @Test
    void delta_anyByteChanged_isRefused() throws IOException {
        Bundle bundle = registry.publishDelta(write(delta(live, 1)));
        for (String name : List.of("items.txt", "item-vectors.f32", "delta.json", "manifest.json", "signature.json")) {
            Path file = bundle.directory().resolve(name);
            byte[] whole = Files.readAllBytes(file);
            byte[] changed = whole.clone();
            changed[changed.length / 2] ^= 1;
            Files.write(file, changed);

            BundleRefusedException refused =
                    assertThrows(BundleRefusedException.class, () -> registry.open(bundle.version()), name);

            assertTrue(refused.reason() != Reason.MISSING_FILE, () -> name + ": " + refused.getMessage());
            Files.write(file, whole);
        }
        assertTrue(registry.open(bundle.version()).isPresent());
    }

    @Test
    void delta_olderOrEqualSequence_isRefused() throws IOException {
        registry.publishDelta(write(delta(live, 7)));
        for (ModelDelta older : List.of(delta(live, 6), ModelDelta.empty(live, 7, Cause.RESET, 0, DIMENSION))) {
            MillraceException refused =
                    assertThrows(MillraceException.class, () -> registry.publishDelta(write(older)));

            assertEquals(ErrorCode.CONFLICT, refused.code());
            assertTrue(refused.getMessage().contains("7 is live"), refused::getMessage);
        }
    }

    @Test
    void delta_ofAnotherParent_isRefusedAndGoesOutWithItsModel() throws IOException {
        Bundle bundle = registry.publishDelta(write(delta(live, 1)));
        String next = publishModel(2);
        registry.promote(next);

        MillraceException refused =
                assertThrows(MillraceException.class, () -> registry.publishDelta(write(delta(live, 2))));

        assertTrue(refused.getMessage().contains(next), refused::getMessage);
        assertTrue(registry.list().stream()
                .filter(model -> model.version().equals(bundle.version()))
                .noneMatch(PublishedModel::live));
        assertEquals(
                1,
                DeltaBundle.sequence(
                        registry.publishDelta(write(delta(next, 1))).manifest()),
                "a new model begins to count anew");
    }

    @Test
    void reset_afterLearning_changesNothingAndIsNewer() throws IOException {
        registry.publishDelta(write(delta(live, 4)));

        ModelDelta reset = registry.resetDelta(temporary.resolve("reset"));

        assertEquals(5, reset.sequence());
        assertEquals(List.of(), reset.items());
        assertEquals(
                Cause.RESET,
                DeltaBundle.read(registry.open(registry.deltaVersion()).orElseThrow())
                        .cause());
    }

    @Test
    void reset_withoutADelta_isRefused() {
        assertThrows(MillraceException.class, () -> registry.resetDelta(temporary.resolve("reset")));
    }

    @Test
    void retain_ofModelsAndDeltas_countsThemApart() throws IOException {
        for (int sequence = 1; sequence <= 20; sequence++) {
            registry.publishDelta(write(delta(live, sequence)));
        }
        assertEquals(
                6,
                registry.list().stream()
                        .filter(model -> DeltaBundle.isDelta(model.manifest()))
                        .count());
        publishModel(2);
        publishModel(3);

        assertEquals(1, registry.retain(1), "model 2 goes; 3 is new, 1 is live");

        assertEquals(
                2,
                registry.list().stream()
                        .filter(model -> !DeltaBundle.isDelta(model.manifest()))
                        .count());
    }

    @Test
    void delta_withNoNumber_cannotBeMade() {
        float[] shift = {Float.NaN};
        assertThrows(IllegalArgumentException.class, () -> new ItemChange(new ItemId("a"), 0, shift));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ModelDelta(
                        live,
                        1,
                        Cause.LEARNED,
                        0,
                        new float[] {Float.POSITIVE_INFINITY},
                        List.of(),
                        new TreeMap<>(),
                        ModelDelta.Heads.none()));
    }
}
