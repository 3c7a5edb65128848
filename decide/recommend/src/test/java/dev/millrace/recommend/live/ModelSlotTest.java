package dev.millrace.recommend.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

class ModelSlotTest {
    private static final int ITEMS = 24;
    private static final int DIMENSION = 8;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final ModelSlot<LiveModel> slot = new ModelSlot<>();
    private long offset;

    @TempDir
    private Path directory;

    @BeforeEach
    void fillCatalog() {
        for (int i = 0; i < ITEMS; i++) {
            addItem("i" + i, "even" + i % 2);
        }
    }

    @Test
    void acquire_emptySlot_isNull() {
        assertNull(slot.acquire());
        assertEquals("", slot.version());
    }

    @Test
    void swap_modelInUse_isClosedAfterItsLastLease() throws IOException {
        slot.swap(load(1));
        LiveModel old = present(slot.acquire());
        slot.swap(load(2));
        LiveModel current = present(slot.acquire());
        assertFalse(old.version().equals(current.version()));
        encode(old);
        old.release();
        assertThrows(RuntimeException.class, () -> encode(old), "the last lease was given back");
        encode(current);
        current.release();
        slot.close();
        assertNull(slot.acquire());
        assertThrows(RuntimeException.class, () -> encode(current));
    }

    @Test
    void swap_underRequests_neverLetsThemMeetAClosedModel() throws Exception {
        slot.swap(load(1));
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService requests = Executors.newFixedThreadPool(3)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(requests.submit(() -> encodeUntil(stop)));
            }
            for (int seed = 2; seed < 12; seed++) {
                slot.swap(load(seed));
            }
            stop.set(true);
            for (Future<Integer> request : running) {
                assertTrue(request.get(60, TimeUnit.SECONDS) > 0);
            }
        }
        slot.close();
    }

    @Test
    void load_trainedItem_hasItsOwnVector() throws IOException {
        Bundle bundle = bundle(1);
        LiveModel model = load(bundle);
        float[] expected = new float[DIMENSION];
        bundle.itemVectors().read(5, expected);
        assertArrayEquals(expected, vector(model, "i5"));
        assertEquals(ITEMS, model.index().size());
        assertEquals(5, model.vocabularyIndex(state.catalog().ordinal(new ItemId("i5"))));
        model.release();
    }

    @Test
    void upsert_itemNewToTheModel_getsTheMeanOfItsTopicsCentroids() throws IOException {
        state.addListener(slot);
        LiveModel model = load(1);
        slot.swap(model);
        addItem("new", "even1");
        float[] expected = new float[DIMENSION];
        for (int i = 1; i < ITEMS; i += 2) {
            float[] row = vector(model, "i" + i);
            for (int k = 0; k < DIMENSION; k++) {
                expected[k] += row[k] / (ITEMS / 2);
            }
        }
        assertArrayEquals(expected, vector(model, "new"), 1e-5f);
        assertEquals(ITEMS + 1, model.index().size());
        int ordinal = state.catalog().ordinal(new ItemId("new"));
        assertEquals(-1, model.vocabularyIndex(ordinal));
        assertTrue(found(model, expected).contains(ordinal));
        state.apply(offset++, new Event.ItemDeleted(new EventId("d"), Instant.EPOCH, new ItemId("new")));
        assertFalse(found(model, expected).contains(ordinal));
        addItem("new", "even1");
        assertTrue(found(model, expected).contains(ordinal), "an item that returns is found again");
        slot.close();
    }

    @Test
    void swap_itemsThatCameDuringTheBuild_areCaughtUp() throws IOException {
        LiveModel model = load(1);
        addItem("late", "even0");
        slot.swap(model);
        assertEquals(ITEMS + 1, model.index().size());
        slot.close();
    }

    @Test
    void load_withMoreItemsThanItTakes_leavesTheLaterOnesWithoutAVector() throws IOException {
        LiveModelConfig defaults = LiveModelConfig.defaults();
        LiveModelConfig small =
                new LiveModelConfig(defaults.inference(), defaults.index(), new MemoryVectors(ITEMS - 4), 0);
        state.addListener(slot);
        LiveModel model = LiveModel.load(bundle(1), state.catalog(), small, (done, total) -> {});
        slot.swap(model);
        addItem("later", "even0");
        assertEquals(ITEMS - 4, model.vectors().size());
        assertEquals(ITEMS - 4, model.index().size());
        addItem("i0", "even0");
        vector(model, "i0");
        slot.close();
    }

    private int encodeUntil(AtomicBoolean stop) {
        int rounds = 0;
        while (!stop.get() || rounds == 0) {
            LiveModel model = present(slot.acquire());
            encode(model);
            model.release();
            rounds++;
        }
        return rounds;
    }

    private static void encode(LiveModel model) {
        model.networks().encode(new int[] {1, 2, 3}, 3, new float[DIMENSION]);
    }

    private static List<Integer> found(LiveModel model, float[] query) {
        int[] ordinals = new int[ITEMS + 1];
        int n = model.index().search(query, ITEMS + 1, null, Deadline.none(), ordinals, new float[ITEMS + 1]);
        return IntStream.range(0, n).mapToObj(i -> ordinals[i]).toList();
    }

    private float[] vector(LiveModel model, String item) {
        float[] row = new float[DIMENSION];
        assertTrue(model.vectors().get(state.catalog().ordinal(new ItemId(item)), MemorySegment.ofArray(row), 0));
        return row;
    }

    private LiveModel load(long seed) throws IOException {
        return load(bundle(seed));
    }

    private LiveModel load(Bundle bundle) throws IOException {
        return LiveModel.load(bundle, state.catalog(), LiveModelConfig.defaults(), (done, total) -> {});
    }

    private Bundle bundle(long seed) throws IOException {
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        return BundleWriter.write(
                directory.resolve("bundle" + seed),
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, DIMENSION, 2, 1, 6), seed),
                        vocabulary,
                        Instant.EPOCH,
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
    }

    private void addItem(String id, String topic) {
        Item item = new Item(new ItemId(id), id, List.of(topic), Map.of(), Instant.EPOCH, true);
        state.apply(offset, new Event.ItemUpserted(new EventId("e" + offset++), Instant.EPOCH, item));
    }

    private static LiveModel present(@Nullable LiveModel model) {
        assertNotNull(model);
        return model;
    }
}
