package dev.millrace.server.follow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.MemoryVectors;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.recommend.live.VectorTables;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class PointerWatcherTest {
    private static final int ITEMS = 12;
    private static final int DIMENSION = 8;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final ModelSlot<LiveModel> slot = new ModelSlot<>();
    private Registry registry;
    private PointerWatcher watcher;
    private int folders;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() throws IOException {
        registry = new Registry(directory.resolve("models"));
        watcher = watcher();
        for (int i = 0; i < ITEMS; i++) {
            Item item = new Item(new ItemId("i" + i), "", List.of("t"), Map.of(), Instant.EPOCH, true);
            state.apply(i, new Event.ItemUpserted(new EventId("e" + i), Instant.EPOCH, item));
        }
    }

    @AfterEach
    void close() {
        slot.close();
    }

    private PointerWatcher watcher() {
        return watcher(slot, LiveModelConfig.defaults());
    }

    private PointerWatcher watcher(ModelSlot<LiveModel> into, LiveModelConfig config) {
        return new PointerWatcher(
                registry,
                SlotPointer.ofModel(registry, into, state.catalog(), config),
                new DeltaPointer(registry, into));
    }

    private Path folder() {
        return directory.resolve("made" + folders++);
    }

    private String goLive(long seed) throws IOException {
        Path folder = folder();
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        BundleWriter.write(
                folder,
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, DIMENSION, 2, 1, 5), seed),
                        vocabulary,
                        Instant.EPOCH.plusSeconds(seed),
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        String version = registry.publish(folder).version();
        registry.promote(version);
        return version;
    }

    private String publish(String parent, long sequence) throws IOException {
        Path folder = folder();
        ModelDelta delta = new ModelDelta(
                parent,
                sequence,
                ModelDelta.Cause.LEARNED,
                0,
                new float[DIMENSION],
                List.of(new ItemChange(new ItemId("i3"), sequence, new float[DIMENSION])),
                new TreeMap<>(),
                ModelDelta.Heads.none());
        DeltaBundle.write(folder, delta, Map.of());
        return registry.publishDelta(folder).version();
    }

    @Test
    void delta_ofTheLiveModel_isInServiceAfterTheNextLook() throws IOException {
        String version = goLive(1);
        watcher.doWork();
        assertEquals(0, slot.deltaSequence());

        publish(version, 1);
        watcher.doWork();
        assertEquals(1, slot.deltaSequence());

        publish(version, 2);
        assertTrue(watcher.doWork() > 0);
        assertEquals(2, slot.deltaSequence());
        assertEquals(0, watcher.doWork(), "once");
    }

    @Test
    void delta_afterARestart_isInServiceAtOnce() throws IOException {
        publish(goLive(1), 5);
        watcher().doWork();
        assertEquals(5, slot.deltaSequence());
    }

    @Test
    void model_thatIsNew_answersWithoutTheOldDelta_andWithItAgainWhenItIsBack() throws IOException {
        String first = goLive(1);
        publish(first, 3);
        watcher.doWork();

        String second = goLive(2);
        watcher.doWork();
        assertEquals(second, slot.version());
        assertEquals(0, slot.deltaSequence());

        registry.rollBack();
        watcher.doWork();
        assertEquals(first, slot.version());
        assertEquals(3, slot.deltaSequence());
    }

    @Test
    void delta_thatWasTamperedWith_isRefusedAndTheOneBeforeAnswers() throws IOException {
        String version = goLive(1);
        publish(version, 1);
        watcher.doWork();
        String tampered = publish(version, 2);
        Path file =
                directory.resolve("models").resolve("bundles").resolve(tampered).resolve("delta.json");
        Files.writeString(file, Files.readString(file).replace("2.0", "9.0"));

        watcher.doWork();

        assertEquals(1, slot.deltaSequence());
        assertEquals(0, watcher.doWork(), "it is not tried again");
        publish(version, 3);
        watcher.doWork();
        assertEquals(3, slot.deltaSequence());
    }

    @Test
    void delta_thatCannotBeReadAtFirst_isTriedAgain() throws IOException {
        String version = goLive(1);
        watcher.doWork();
        Path bundle = directory.resolve("models").resolve("bundles").resolve(publish(version, 1));
        Path away = directory.resolve("away");
        Files.move(bundle, away);
        watcher.doWork();
        assertEquals(0, slot.deltaSequence());

        Files.move(away, bundle);
        assertTrue(watcher.doWork() > 0);
        assertEquals(1, slot.deltaSequence());
    }

    @Test
    void pointer_toAnOlderDelta_isRefused() throws IOException {
        String version = goLive(1);
        String older = publish(version, 1);
        publish(version, 2);
        watcher.doWork();
        Files.writeString(directory.resolve("models").resolve("DELTA"), older + "\n");

        watcher.doWork();

        assertEquals(2, slot.deltaSequence());
        assertNotNull(registry.deltaVersion());
    }

    @Test
    void model_thatCannotBeReadAtFirst_isTriedAgainSeldomerEachTime() throws IOException {
        Path bundle = directory.resolve("models").resolve("bundles").resolve(goLive(1));
        Path away = directory.resolve("away");
        Files.move(bundle, away);
        for (int turn = 0; turn < 10; turn++) {
            assertEquals(0, watcher.doWork());
        }
        assertEquals("", slot.version());

        Files.move(away, bundle);
        int turns = 1;
        while (watcher.doWork() == 0) {
            assertTrue(++turns < 20, "it is not tried again");
        }
        assertEquals(bundle.getFileName().toString(), slot.version());
        assertTrue(turns > 1, "after the failures at turns 1, 2, 4 and 8 the next try is at 16");
    }

    @Test
    void model_thatWasTamperedWith_isRefusedUntilAnotherIsPromoted() throws IOException {
        String first = goLive(1);
        watcher.doWork();
        String tampered = goLive(2);
        Path file =
                directory.resolve("models").resolve("bundles").resolve(tampered).resolve("item-vectors.f32");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        assertEquals(1, watcher.doWork());
        assertEquals(0, watcher.doWork(), "it is not tried again");
        assertEquals(first, slot.version());

        String third = goLive(3);
        watcher.doWork();
        assertEquals(third, slot.version());
    }

    @Test
    void model_thatWasKept_answersAgainWithoutBeingLoaded() throws IOException {
        ModelSlot<LiveModel> keeping = new ModelSlot<>(true);
        PointerWatcher following = watcher(keeping, LiveModelConfig.defaults());
        String first = goLive(1);
        publish(first, 3);
        following.doWork();
        String second = goLive(2);
        following.doWork();
        assertEquals(second, keeping.version());
        Path bundle = directory.resolve("models").resolve("bundles").resolve(first);

        registry.rollBack();
        Files.move(bundle, directory.resolve("away"));
        following.doWork();

        assertEquals(first, keeping.version());
        assertEquals(second, keeping.previousVersion());
        assertEquals(3, keeping.deltaSequence(), "the delta that the registry still has");
        keeping.close();
    }

    @Test
    void model_forWhoseVectorsThereIsNoRoomYet_isTriedAgain() throws IOException {
        try (TieredStore store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of())) {
            LiveModelConfig config = LiveModelConfig.of(
                    InferenceConfig.defaults(),
                    VectorIndexConfig.defaults(),
                    new StoredVectors(store, StoredVectors.LABEL, 1 << 20));
            PointerWatcher following = watcher(slot, config);
            goLive(1);
            following.doWork();
            LiveModel request = slot.acquire();
            assertNotNull(request);
            String second = goLive(2);
            following.doWork();
            String third = goLive(3);
            assertEquals(0, following.doWork(), "two are in use");
            assertEquals(second, slot.version());

            request.release();
            assertEquals(1, following.doWork());
            assertEquals(third, slot.version());
            slot.close();
        }
    }

    @Test
    void model_forWhichThereIsNoMemoryNow_isTriedAgain() throws IOException {
        AtomicInteger tries = new AtomicInteger();
        VectorTables tables = dimension -> {
            if (tries.getAndIncrement() == 0) {
                throw new OutOfMemoryError("mmap refused 8 bytes");
            }
            return MemoryVectors.defaults().make(dimension);
        };
        PointerWatcher following =
                watcher(slot, LiveModelConfig.of(InferenceConfig.defaults(), VectorIndexConfig.defaults(), tables));
        String version = goLive(1);
        assertEquals(0, following.doWork());
        assertEquals(1, following.doWork());
        assertEquals(version, slot.version());
    }
}
