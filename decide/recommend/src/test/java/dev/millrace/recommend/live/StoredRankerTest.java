package dev.millrace.recommend.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.RankingCall;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleContent;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.RandomMultiTask;
import dev.millrace.models.ranker.HashedRows;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Rankers whose items' vectors lie in the store: swapped under requests, and dropped. */
class StoredRankerTest {
    private static final int ITEMS = 300;
    private static final int DIMENSION = 16;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final ModelSlot<LiveRanker> slot = new ModelSlot<>(true);
    private TieredStore store;
    private VectorTables vectors;
    private long offset;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() throws IOException {
        store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of());
        vectors = new StoredVectors(store, StoredVectors.RANKER_LABEL, 1 << 20);
        state.addListener(slot);
        for (int i = 0; i < ITEMS; i++) {
            addItem("i" + i);
        }
    }

    @AfterEach
    void close() throws IOException {
        slot.close();
        assertEquals(Set.of(), store.tableNames(), "tables go with their rankers");
        store.close();
    }

    @Test
    void swap_underRequests_givesEachWhatItsOwnRankerSays() throws Exception {
        Map<String, float[]> expected = new HashMap<>();
        List<MultiTaskBundle> bundles = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            MultiTaskBundle bundle = bundle(seed);
            bundles.add(bundle);
            LiveRanker reference = load(bundle, MemoryVectors.defaults());
            assertFalse(reference.network().usesRoom());
            expected.put(bundle.version(), utilities(reference));
            reference.release();
        }
        slot.swap(load(bundles.get(0), vectors));
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService requests = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                running.add(requests.submit(() -> askUntil(stop, expected)));
            }
            try {
                for (int round = 1; round < 10; round++) {
                    slot.makeRoom();
                    slot.swap(loadPatiently(bundles.get(round % 3)));
                }
            } finally {
                stop.set(true);
            }
            for (Future<Integer> request : running) {
                assertTrue(request.get(60, TimeUnit.SECONDS) > 0);
            }
        }
    }

    @Test
    void item_thatComesLater_getsARowOfTheStore() throws IOException {
        slot.swap(load(bundle(1), vectors));
        assertEquals(Set.of("ranker-vectors@1"), store.tableNames());
        assertEquals(ITEMS + 1, store.stat("ranker-vectors@1").rows(), "and one for what is not known");
        addItem("later");
        assertEquals(ITEMS + 2, store.stat("ranker-vectors@1").rows());
    }

    /** One row is nothing's, and one slot is for what replaces another. */
    @Test
    void items_beyondTheBudget_areLeftOut_andOthersChangeAsBefore() throws IOException {
        int slots = 200;
        vectors = new StoredVectors(store, StoredVectors.RANKER_LABEL, 2L * (DIMENSION * Float.BYTES + 9) * slots);
        slot.swap(load(bundle(1), vectors));
        LiveRanker ranker = Objects.requireNonNull(slot.acquire());
        assertEquals(slots - 2, ranker.network().knownItems());
        assertEquals(ITEMS - (slots - 2), ranker.itemsWithoutRoom());

        addItem("later");
        assertEquals(ITEMS + 1 - (slots - 2), ranker.itemsWithoutRoom());
        float before = utilities(ranker)[5];
        addItem("i5", "another topic");
        assertNotEquals(before, utilities(ranker)[5]);
        ranker.release();
    }

    @Test
    void items_withinTheBudget_areAllThere() throws IOException {
        slot.swap(load(bundle(1), vectors));
        LiveRanker ranker = Objects.requireNonNull(slot.acquire());
        assertEquals(0, ranker.itemsWithoutRoom());
        assertEquals(ITEMS, ranker.network().knownItems());
        ranker.release();
    }

    @Test
    void load_thatFails_givesItsTableBack() throws IOException {
        MultiTaskBundle bundle = bundle(1);
        VectorTables used = dimension -> {
            VectorTable table = vectors.make(dimension);
            table.rows().put(7, MemorySegment.ofArray(new float[dimension]), 0);
            return table;
        };
        assertThrows(IllegalArgumentException.class, () -> load(bundle, used));
        assertEquals(Set.of(), store.tableNames());
    }

    private int askUntil(AtomicBoolean stop, Map<String, float[]> expected) {
        int rounds = 0;
        while (!stop.get() || rounds == 0) {
            LiveRanker ranker = Objects.requireNonNull(slot.acquire());
            assertTrue(ranker.network().usesRoom());
            assertArrayEquals(expected.get(ranker.version()), utilities(ranker), ranker.version());
            ranker.release();
            rounds++;
        }
        return rounds;
    }

    private static float[] utilities(LiveRanker ranker) {
        int[] items = new int[ITEMS + 1];
        for (int i = 0; i < items.length; i++) {
            items[i] = i; // the last one has no vector
        }
        float[] utilities = new float[items.length];
        float[] column = new float[items.length];
        try (RankingCall call = ranker.network().borrow()) {
            call.user(new int[] {3, 4});
            call.history(new int[] {5, 9, ITEMS - 1}, 3);
            call.candidates(items, items.length);
            for (int number = 0; number < ranker.numbers().size(); number++) {
                call.number(number, column, items.length);
            }
            call.run(items.length, Priority.INTERACTIVE, Deadline.none());
            call.utility(utilities, items.length);
        }
        return utilities;
    }

    /** A request may hold the one before last for a moment. */
    private LiveRanker loadPatiently(MultiTaskBundle bundle) throws IOException {
        while (true) {
            try {
                return load(bundle, vectors);
            } catch (MillraceException e) {
                assertEquals(ErrorCode.UNAVAILABLE, e.code());
                Thread.onSpinWait();
            }
        }
    }

    private LiveRanker load(MultiTaskBundle bundle, VectorTables tables) throws IOException {
        return LiveRanker.load(bundle, state, InferenceConfig.of(512, 2), ActionWorth.defaults(), tables);
    }

    private MultiTaskBundle bundle(long seed) throws IOException {
        FeatureSchema schema = FeatureSchema.standard(state.config());
        MultiTaskBundle.Inputs inputs = new MultiTaskBundle.Inputs(
                List.of("click", "complaint"),
                schema.numeric().stream().map(FeatureDefinition.Numeric::name).toList(),
                new HashedRows(8));
        return MultiTaskBundle.write(
                directory.resolve("bundle" + seed),
                RandomMultiTask.network(DIMENSION, 10, inputs.numbers().size(), 12, 2, seed),
                inputs,
                RandomMultiTask.tables(inputs, DIMENSION, seed),
                new BundleContent.Evidence(Map.of(), Map.of(), List.of(), schema.meanings(), List.of()));
    }

    private void addItem(String id) {
        addItem(id, "t");
    }

    private void addItem(String id, String topic) {
        Item item = new Item(new ItemId(id), id, List.of(topic), Map.of(), Instant.EPOCH, true);
        state.apply(offset, new Event.ItemUpserted(new EventId("e" + offset++), Instant.EPOCH, item));
    }
}
