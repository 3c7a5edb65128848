package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.Bundle;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.MemoryRowTable;
import dev.millrace.storage.RowTable;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/** Scores of rows that the graph gathers from the store's memory. */
class ItemScorerTest {
    private static final int ITEMS = 3_000;
    private static final int MOST = 600;
    private static final InferenceConfig CONFIG = InferenceConfig.of(MOST, 2).withGathers(true);

    @TempDir
    private Path directory;

    private TieredStore store;

    @BeforeEach
    void open() throws IOException {
        store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of());
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private Bundle bundle(int dimension) throws IOException {
        return TestModels.transformer(directory.resolve("bundle" + dimension), new Sizes(50, dimension, 1, 2, 4));
    }

    private RowTable stored(int dimension) {
        return store.create(
                TableSpec.inMemory("vectors" + dimension, dimension * Float.BYTES, 2 * ITEMS, Long.MAX_VALUE));
    }

    private static void fill(RowTable table, int dimension) {
        SplittableRandom random = new SplittableRandom(11);
        for (int key = 0; key < ITEMS; key++) {
            table.put(key, MemorySegment.ofArray(random(random, dimension)), 0);
        }
    }

    private static float[] random(SplittableRandom random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void score_gathered_hasTheBitsOfScoresOfCopiedRows() throws IOException {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        for (int dimension : new int[] {8, 20, 64}) { // slots of 20 floats are wider than their rows
            RowTable rows = stored(dimension);
            RowTable reference = new MemoryRowTable(dimension * Float.BYTES, ITEMS);
            fill(rows, dimension);
            fill(reference, dimension);
            try (SequenceModel model = SequenceModel.load(bundle(dimension), CONFIG);
                    ItemScorer gathering = model.scorerOf(rows);
                    ItemScorer copying = model.scorerOf(reference)) {
                assertEquals("", gathering.whyCopied());
                assertTrue(copying.whyCopied().contains("one piece"), copying.whyCopied());
                for (int n : new int[] {1, 2, 15, 16, 17, 31, 100, 500, 512, 513, MOST}) {
                    assertSame(gathering, copying, random, dimension, n, "seed " + seed + ", " + n + " candidates");
                }
                assertEquals(0, gathering.copiedCalls());
                assertEquals(11, copying.copiedCalls());
            }
        }
    }

    /** One in eight of the keys has no row. */
    private static void assertSame(
            ItemScorer one, ItemScorer other, SplittableRandom random, int dimension, int n, String message) {
        float[] user = random(random, dimension);
        long[] keys = new long[n];
        for (int i = 0; i < n; i++) {
            keys[i] = random.nextInt(8) == 0 ? ITEMS + i : random.nextInt(ITEMS);
        }
        boolean[] found = new boolean[n];
        boolean[] foundByOther = new boolean[n];
        float[] scores = new float[n];
        float[] scoresOfOther = new float[n];
        Arrays.fill(scores, Float.NaN);
        one.score(user, keys, n, found, scores, Deadline.none());
        other.score(user, keys, n, foundByOther, scoresOfOther, Deadline.none());
        assertArrayEquals(foundByOther, found, message);
        assertArrayEquals(scoresOfOther, scores, message);
        for (int i = 0; i < n; i++) {
            assertEquals(keys[i] < ITEMS, found[i], message);
            assertEquals(!found[i], scores[i] == 0, message);
        }
    }

    @Test
    void score_whenWarm_allocatesUnderAKilobyteWhateverTheCandidates() throws IOException {
        RowTable rows = stored(64);
        fill(rows, 64);
        try (SequenceModel model = SequenceModel.load(bundle(64), CONFIG);
                ItemScorer scorer = model.scorerOf(rows)) {
            scorer.warmUp(2_000);
            long few = allocated(scorer, 1);
            long many = allocated(scorer, MOST);
            assertTrue(many <= 1_024, many + " bytes a call");
            assertTrue(many - few < 64, few + " bytes for one candidate, " + many + " for " + MOST);
        }
    }

    /** Bytes a call: the least of some rounds, since now and then the JVM allocates something of its own. */
    private static long allocated(ItemScorer scorer, int n) {
        com.sun.management.ThreadMXBean meter = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int calls = 500;
        float[] user = new float[64];
        long[] keys = new SplittableRandom(2).longs(n, 0, ITEMS).toArray();
        boolean[] found = new boolean[n];
        float[] scores = new float[n];
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = meter.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < calls; call++) {
                scorer.score(user, keys, n, found, scores, Deadline.none());
            }
            least = Math.min(least, meter.getCurrentThreadAllocatedBytes() - before);
        }
        return least / calls;
    }

    /** The rows of key k are all 2k or all 2k + 1, so that half a row gives a sum that is neither's. */
    @Test
    @Timeout(120)
    void score_whileRowsAreRewritten_isThatOfWholeRows() throws Exception {
        int dimension = 64;
        int keysInAll = 64;
        RowTable rows = stored(dimension);
        put(rows, dimension, keysInAll, 0);
        float[] ones = new float[dimension];
        Arrays.fill(ones, 1);
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int round = 0; !stop.get(); round++) {
                put(rows, dimension, keysInAll, round & 1);
                // A pause, so that some calls find all rows as they were.
                for (int i = 0; i < 3_000; i++) {
                    Thread.onSpinWait();
                }
            }
        });
        try (SequenceModel model = SequenceModel.load(bundle(dimension), CONFIG);
                ItemScorer scorer = model.scorerOf(rows)) {
            long[] keys = new long[MOST];
            Arrays.setAll(keys, i -> i % keysInAll);
            boolean[] found = new boolean[MOST];
            float[] scores = new float[MOST];
            for (int call = 0; call < 5_000; call++) {
                scorer.score(ones, keys, MOST, found, scores, Deadline.none());
                for (int i = 0; i < MOST; i++) {
                    float value = scores[i] / dimension;
                    assertTrue(found[i]);
                    assertTrue(
                            value == 2 * keys[i] || value == 2 * keys[i] + 1,
                            "call " + call + ": key " + keys[i] + " scored as a row of " + value);
                }
            }
            assertTrue(scorer.copiedCalls() < 5_000, "no call gathered");
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    private static void put(RowTable rows, int dimension, int keys, int odd) {
        float[] row = new float[dimension];
        for (int key = 0; key < keys; key++) {
            Arrays.fill(row, 2 * key + odd);
            rows.put(key, MemorySegment.ofArray(row), 0);
        }
    }

    @Test
    void score_ofRowsThatChangeInEachTry_copiesThem() throws IOException {
        RowTable rows = stored(8);
        fill(rows, 8);
        try (SequenceModel model = SequenceModel.load(bundle(8), CONFIG);
                ItemScorer gathering = model.scorerOf(rows);
                ItemScorer restless = model.scorerOf(DisguisedRows.restless(rows))) {
            assertSame(restless, gathering, new SplittableRandom(3), 8, 40, "seed 3");
            assertEquals("", restless.whyCopied());
            assertEquals(1, restless.copiedCalls());
            assertEquals(0, gathering.copiedCalls());
        }
    }

    @Test
    void scorerOf_aScorerThatMillraceDidNotWrite_copiesRows() throws IOException {
        Bundle bundle = bundle(8);
        byte[] bytes = Files.readAllBytes(bundle.scorer());
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("millrace");
        bytes[at] = 'M';
        Files.write(bundle.scorer(), bytes);
        RowTable rows = stored(8);
        fill(rows, 8);
        try (SequenceModel model = SequenceModel.load(bundle, CONFIG);
                ItemScorer scorer = model.scorerOf(rows)) {
            assertTrue(scorer.whyCopied().contains("Millrace"), scorer.whyCopied());
            float[] user = random(new SplittableRandom(1), 8);
            boolean[] found = new boolean[2];
            float[] scores = new float[2];
            scorer.score(user, new long[] {1, ITEMS}, 2, found, scores, Deadline.none());
            assertArrayEquals(new boolean[] {true, false}, found);
            assertNotEquals(0, scores[0]);
            assertEquals(1, scorer.copiedCalls());
        }
    }

    @Test
    void scorerOf_aModelThatIsNotToGather_copiesRows() throws IOException {
        RowTable rows = stored(8);
        fill(rows, 8);
        Bundle bundle = bundle(8);
        try (SequenceModel gathers = SequenceModel.load(bundle, CONFIG);
                SequenceModel copies = SequenceModel.load(bundle, CONFIG.withGathers(false));
                ItemScorer gathering = gathers.scorerOf(rows);
                ItemScorer copying = copies.scorerOf(rows)) {
            assertEquals("inference.gather is false", copying.whyCopied());
            assertSame(gathering, copying, new SplittableRandom(4), 8, 100, "seed 4");
            assertEquals(1, copying.copiedCalls());
        }
    }

    @Test
    void scorerOf_aTableOfOtherRows_isRefusedWithTheReason() throws IOException {
        RowTable rows = stored(20);
        try (SequenceModel model = SequenceModel.load(bundle(8), CONFIG)) {
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> model.scorerOf(rows));
            assertTrue(refused.getMessage().contains("rows of 80 bytes"), refused.getMessage());
        }
    }

    @Test
    void score_afterItsTableWasDropped_findsNothing() throws IOException {
        RowTable rows = stored(64);
        fill(rows, 64);
        try (SequenceModel model = SequenceModel.load(bundle(64), CONFIG);
                ItemScorer scorer = model.scorerOf(rows)) {
            store.drop("vectors64");
            boolean[] found = {true};
            float[] scores = {7};
            scorer.score(new float[64], new long[] {1}, 1, found, scores, Deadline.none());
            assertEquals(false, found[0]);
            assertEquals(0, scores[0]);
        }
    }
}
