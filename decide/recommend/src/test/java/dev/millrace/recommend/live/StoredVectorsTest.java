package dev.millrace.recommend.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** Models whose item vectors lie in the store: swapped under requests, kept ready, and dropped. */
class StoredVectorsTest {
    private static final int ITEMS = 600;
    private static final int DIMENSION = 8;
    private static final int BATCH = 256;
    private static final long BUDGET = 1 << 20;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final ModelSlot<LiveModel> slot = new ModelSlot<>(true);
    private TieredStore store;
    private LiveModelConfig config;
    private long offset;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() throws IOException {
        store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of());
        config = config(BUDGET);
        state.addListener(slot);
        for (int i = 0; i < ITEMS; i++) {
            addItem("i" + i);
        }
    }

    @AfterEach
    void close() throws IOException {
        slot.close();
        assertEquals(Set.of(), store.tableNames(), "tables go with their models");
        store.close();
    }

    private LiveModelConfig config(long budget) {
        return new LiveModelConfig(
                InferenceConfig.defaults().withGathers(true),
                VectorIndexConfig.defaults(),
                new StoredVectors(store, StoredVectors.LABEL, budget),
                0);
    }

    @Test
    void model_goingLive_hasItsVectorsInTheStoreWithinItsBudgetAndOutOfTheLog() throws IOException {
        long before = store.position();
        Bundle bundle = bundle(1);
        slot.swap(LiveModel.load(bundle, state.catalog(), config, (done, total) -> {}));
        TableStat stat = store.stat().tables().getFirst();
        assertEquals("item-vectors@1", stat.name());
        assertEquals(ITEMS, stat.rows());
        assertEquals(ITEMS, stat.residentRows());
        assertEquals(BUDGET / 2, stat.memory().budget());
        assertTrue(stat.memory().taken() >= ITEMS * DIMENSION * Float.BYTES, stat::toString);
        assertEquals(before, store.position());
        float[] expected = new float[DIMENSION];
        bundle.itemVectors().read(5, expected);
        float[] found = new float[DIMENSION];
        LiveModel live = Objects.requireNonNull(slot.acquire());
        assertTrue(live.vectors().get(ordinal("i5"), MemorySegment.ofArray(found), 0));
        live.release();
        assertArrayEquals(expected, found);
    }

    @Test
    void swap_underRequests_givesEachTheRowsOfTheModelItBeganWith() throws Exception {
        Bundle[] bundles = {bundle(1), bundle(2), bundle(3)};
        slot.swap(load(bundles[0]));
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService requests = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                running.add(requests.submit(() -> readUntil(stop, bundles)));
            }
            try {
                for (int round = 1; round < 12; round++) {
                    slot.makeRoom();
                    slot.swap(loadPatiently(bundles[round % 3]));
                    if (round % 4 == 0) {
                        String before = slot.previousVersion();
                        assertTrue(slot.restore(before));
                        assertEquals(before, slot.version());
                    }
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
    void previous_whileKept_hearsOfNewItemsAndAnswersAgainAsItWasTrained() throws IOException {
        slot.swap(load(bundle(1)));
        LiveModel first = Objects.requireNonNull(slot.acquire());
        int changed = ordinal("i7");
        float[] trained = row(first, changed);
        first.apply(delta(first.version(), "i7"));
        assertFalse(Arrays.equals(trained, row(first, changed)));
        String version = first.version();
        slot.swap(load(bundle(2)));
        assertEquals(Set.of("item-vectors@1", "item-vectors@2"), store.tableNames());
        addItem("new");
        assertTrue(slot.restore(version));
        assertEquals(version, slot.version());
        assertEquals(0, slot.deltaSequence());
        assertArrayEquals(trained, row(first, changed));
        assertEquals(ITEMS + 1, first.vectors().size());
        assertFalse(slot.restore("none"));
        first.release();
    }

    @Test
    void load_whileBothPlacesAreInUse_isPutOffAndLeavesThemAlone() throws IOException {
        slot.swap(load(bundle(1)));
        LiveModel request = Objects.requireNonNull(slot.acquire());
        slot.swap(load(bundle(2)));
        slot.makeRoom();
        MillraceException putOff = assertThrows(MillraceException.class, () -> load(bundle(3)));
        assertEquals(ErrorCode.UNAVAILABLE, putOff.code());
        assertEquals(Set.of("item-vectors@1", "item-vectors@2"), store.tableNames());
        assertEquals(DIMENSION, row(request, 3).length);
        request.release();
        assertEquals(Set.of("item-vectors@2"), store.tableNames());
        slot.swap(load(bundle(4)));
        assertEquals(Set.of("item-vectors@2", "item-vectors@3"), store.tableNames());
    }

    @Test
    void load_ofACatalogueBeyondTheBudget_leavesLaterItemsWithoutAVector() throws IOException {
        config = config(2 * 300 * 48);
        slot.swap(load(bundle(1)));
        LiveModel live = Objects.requireNonNull(slot.acquire());
        long taken = live.vectors().size();
        assertTrue(taken > 250 && taken < ITEMS, () -> taken + " rows");
        assertEquals(taken, live.index().size());
        addItem("later");
        addItem("i0");
        assertEquals(taken, live.vectors().size());
        live.release();
    }

    @Test
    void load_thatFails_givesItsTableBack() throws IOException {
        Bundle bundle = bundle(1);
        assertThrows(
                IllegalStateException.class,
                () -> LiveModel.load(bundle, state.catalog(), config, (done, total) -> {
                    throw new IllegalStateException("no index");
                }));
        assertEquals(Set.of(), store.tableNames());
        assertThrows(
                OutOfMemoryError.class,
                () -> LiveModel.load(bundle, state.catalog(), config, (done, total) -> {
                    throw new OutOfMemoryError("no memory for an index");
                }));
        assertEquals(Set.of(), store.tableNames());
    }

    @Test
    void deletion_whileWhatWasKeptComesBack_reachesBothModels() throws Exception {
        slot.swap(load(bundle(1)));
        LiveModel first = Objects.requireNonNull(slot.acquire());
        slot.swap(load(bundle(2)));
        LiveModel second = Objects.requireNonNull(slot.acquire());
        Thread ingest = Thread.ofPlatform().unstarted(() -> deleteItem("i5"));
        synchronized (second) { // the live one is told when this ends
            ingest.start();
            while (ingest.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            assertTrue(slot.restore(first.version()));
        }
        ingest.join();
        assertEquals(ITEMS - 1, second.index().size());
        assertEquals(ITEMS - 1, first.index().size());
        first.release();
        second.release();
    }

    @Test
    void batches_ofCandidates_allocateNothing() throws IOException {
        slot.swap(load(bundle(1)));
        LiveModel live = Objects.requireNonNull(slot.acquire());
        long[] keys = new long[BATCH];
        boolean[] found = new boolean[BATCH];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate((long) BATCH * DIMENSION * Float.BYTES);
            long allocated = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 5; attempt++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int round = 0; round < 2_000; round++) {
                    for (int i = 0; i < BATCH; i++) {
                        keys[i] = (round + i) % ITEMS;
                    }
                    assertEquals(BATCH, live.vectors().getBatch(keys, BATCH, into, 0, found));
                }
                allocated = Math.min(allocated, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(allocated < 2_000, allocated + " bytes for 2,000 batches");
        }
        live.release();
    }

    /** Which model a row belongs to tells the bundle, whose vectors differ from the others'. */
    private int readUntil(AtomicBoolean stop, Bundle[] bundles) throws IOException {
        long[] keys = new long[BATCH];
        boolean[] found = new boolean[BATCH];
        float[] expected = new float[DIMENSION];
        MemorySegment into = MemorySegment.ofArray(new float[BATCH * DIMENSION]);
        int rounds = 0;
        while (!stop.get() || rounds == 0) {
            LiveModel model = Objects.requireNonNull(slot.acquire());
            for (int i = 0; i < BATCH; i++) {
                keys[i] = (rounds * 31L + i) % ITEMS;
            }
            int hits = model.vectors().getBatch(keys, BATCH, into, 0, found);
            Bundle own = Arrays.stream(bundles)
                    .filter(bundle -> bundle.version().equals(model.version()))
                    .findFirst()
                    .orElseThrow();
            for (int i = 0; i < BATCH; i++) {
                own.itemVectors().read(model.vocabularyIndex((int) keys[i]), expected);
                float first = into.getAtIndex(ValueLayout.JAVA_FLOAT, (long) i * DIMENSION);
                if (hits != BATCH || first != expected[0]) {
                    throw new AssertionError("model " + model.version() + " gave " + first + " for item " + keys[i]
                            + " instead of " + expected[0]);
                }
            }
            assertGathered(model, own, keys, found);
            model.release();
            rounds++;
        }
        return rounds;
    }

    /** With a user of which only the first number is not zero, a score is the first number of the item's own row. */
    private static void assertGathered(LiveModel model, Bundle own, long[] keys, boolean[] found) throws IOException {
        float[] user = new float[DIMENSION];
        user[0] = 1;
        float[] expected = new float[DIMENSION];
        float[] scores = new float[BATCH];
        assertEquals("", model.scorer().whyCopied());
        model.scorer().score(user, keys, BATCH, found, scores, Deadline.none());
        for (int i = 0; i < BATCH; i++) {
            own.itemVectors().read(model.vocabularyIndex((int) keys[i]), expected);
            if (!found[i] || scores[i] != expected[0]) {
                throw new AssertionError("model " + model.version() + " scored item " + keys[i] + " by " + scores[i]
                        + " instead of " + expected[0]);
            }
        }
    }

    /** A request may hold the one before last for a moment. */
    private LiveModel loadPatiently(Bundle bundle) throws IOException {
        while (true) {
            try {
                return load(bundle);
            } catch (MillraceException e) {
                assertEquals(ErrorCode.UNAVAILABLE, e.code());
                Thread.onSpinWait();
            }
        }
    }

    private LiveModel load(Bundle bundle) throws IOException {
        return LiveModel.load(bundle, state.catalog(), config, (done, total) -> {});
    }

    private static float[] row(LiveModel model, int item) {
        float[] row = new float[DIMENSION];
        assertTrue(model.vectors().get(item, MemorySegment.ofArray(row), 0));
        return row;
    }

    private int ordinal(String item) {
        return state.catalog().ordinal(new ItemId(item));
    }

    private static ModelDelta delta(String parent, String item) {
        float[] shift = new float[DIMENSION];
        Arrays.fill(shift, 0.5f);
        return new ModelDelta(
                parent,
                1,
                ModelDelta.Cause.LEARNED,
                0,
                new float[DIMENSION],
                List.of(new ItemChange(new ItemId(item), 1, shift)),
                new TreeMap<>(),
                ModelDelta.Heads.none());
    }

    private Bundle bundle(long seed) throws IOException {
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        return BundleWriter.write(
                directory.resolve("bundle" + seed),
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, DIMENSION, 2, 1, 6), seed),
                        vocabulary,
                        Instant.EPOCH.plusSeconds(seed),
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
    }

    private void deleteItem(String id) {
        state.apply(offset, new Event.ItemDeleted(new EventId("e" + offset++), Instant.EPOCH, new ItemId(id)));
    }

    private void addItem(String id) {
        Item item = new Item(new ItemId(id), id, List.of("t"), Map.of(), Instant.EPOCH, true);
        state.apply(offset, new Event.ItemUpserted(new EventId("e" + offset++), Instant.EPOCH, item));
    }
}
