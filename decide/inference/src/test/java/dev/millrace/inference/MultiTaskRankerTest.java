package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleContent;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.RandomMultiTask;
import dev.millrace.models.ranker.HashedRows;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

class MultiTaskRankerTest {
    private static final int DIMENSION = 32;
    private static final int HISTORY = 30;
    private static final int ITEMS = 3_000;
    private static final List<String> NUMBERS =
            List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m");
    private static final MultiTaskBundle.Inputs INPUTS =
            new MultiTaskBundle.Inputs(List.of("click", "long_view", "complaint"), NUMBERS, new HashedRows(8));
    private static final float[] WORTH = {1, 0.5f, -2};
    private static final InferenceConfig CONFIG = InferenceConfig.of(1024, 2);

    @TempDir
    private Path directory;

    private MultiTaskRanker ranker;
    private TieredStore store;

    /** What one request asks, so that it can be asked again. */
    private record Question(int[] user, int[] history, int[] items, float[][] numbers) {
        static Question random(Random random, int count) {
            int[] user =
                    random.ints(random.nextInt(5), 1, INPUTS.rows().count()).toArray();
            int[] history = random.ints(random.nextInt(2 * HISTORY), 0, ITEMS).toArray();
            int[] items = random.ints(count, 0, ITEMS + 50).toArray(); // the last of them have no vector
            float[][] numbers = new float[NUMBERS.size()][count];
            for (float[] column : numbers) {
                for (int row = 0; row < count; row++) {
                    column[row] = random.nextInt(3) == 0 ? 0 : random.nextFloat() * 100;
                }
            }
            return new Question(user, history, items, numbers);
        }

        void write(RankingCall call) {
            call.user(user);
            call.history(history, history.length);
            call.candidates(items, items.length);
            for (int number = 0; number < numbers.length; number++) {
                call.number(number, numbers[number], items.length);
            }
        }

        /** The same of another item alone. */
        Question ofItem(int item) {
            return new Question(user, history, new int[] {item}, numbers);
        }

        /** The same of items 0, 1, 2 and so on, without a history. */
        Question ofFirstItems() {
            return new Question(
                    user, new int[0], IntStream.range(0, items.length).toArray(), numbers);
        }

        /** The same of one candidate alone. */
        Question only(int row) {
            float[][] own = new float[numbers.length][1];
            for (int number = 0; number < own.length; number++) {
                own[number][0] = numbers[number][row];
            }
            return new Question(user, history, new int[] {items[row]}, own);
        }
    }

    @BeforeEach
    void load() throws IOException {
        MultiTaskBundle bundle = MultiTaskBundle.write(
                directory.resolve("bundle"),
                RandomMultiTask.network(DIMENSION, HISTORY, NUMBERS.size(), 64, 3, 5),
                INPUTS,
                RandomMultiTask.tables(INPUTS, DIMENSION, 6),
                new BundleContent.Evidence(Map.of(), Map.of(), List.of()));
        ranker = MultiTaskRanker.load(bundle, WORTH, CONFIG);
        fill(ranker);
        store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of());
    }

    private static void fill(MultiTaskRanker ranker) {
        Random random = new Random(3);
        for (int item = 0; item < ITEMS; item++) {
            assertTrue(ranker.putItem(
                    item,
                    random.ints(1 + random.nextInt(4), 1, INPUTS.rows().count()).toArray()));
        }
    }

    /** The same ranker, whose items lie in the store. */
    private MultiTaskRanker stored(long maxItems) throws IOException {
        RowTable table = store.create(TableSpec.inMemory("items", DIMENSION * Float.BYTES, 2 * ITEMS, Long.MAX_VALUE));
        return MultiTaskRanker.load(ranker.bundle(), WORTH, CONFIG, new MultiTaskRanker.ItemRoom(table, maxItems));
    }

    @AfterEach
    void close() throws IOException {
        ranker.close();
        store.close();
    }

    @Test
    void probability_ofACandidate_isTheSameToTheBitWhateverIsInTheRun() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Question question = Question.random(random, 500);
        float[] together = clicks(question);

        for (int i = 0; i < 40; i++) {
            int row = random.nextInt(500);
            assertEquals(bits(together[row]), bits(clicks(question.only(row))[0]), "seed " + seed + ", row " + row);
        }
    }

    @Test
    void probability_inARunOfSeveralRequests_isTheSameToTheBitAsAlone() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 10; round++) {
            List<RankingCall> calls = new ArrayList<>();
            List<float[]> alone = new ArrayList<>();
            List<Integer> counts = new ArrayList<>();
            for (int i = 0; i < 2 + random.nextInt(6); i++) {
                Question question = Question.random(random, 1 + random.nextInt(120));
                alone.add(clicks(question));
                RankingCall call = ranker.borrow();
                question.write(call);
                call.place(question.items().length);
                calls.add(call);
                counts.add(question.items().length);
            }
            runTogether(calls, counts, random);
            for (int i = 0; i < calls.size(); i++) {
                float[] joined = new float[counts.get(i)];
                calls.get(i).probabilities(0, joined, joined.length);
                assertArrayEquals(alone.get(i), joined, "seed " + seed + ", round " + round + ", request " + i);
                calls.get(i).close();
            }
        }
    }

    private void runTogether(List<RankingCall> calls, List<Integer> counts, Random random) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        try (RankingBuffers joined = new RankingBuffers(ranker, 256, true)) {
            int at = 0;
            for (int slot = 0; slot < order.size(); slot++) {
                int tiles = RankingBuffers.tiles(counts.get(order.get(slot)));
                joined.take(calls.get(order.get(slot)).buffers(), slot, tiles, at);
                at += tiles;
            }
            joined.run(at);
            at = 0;
            for (int index : order) {
                int tiles = RankingBuffers.tiles(counts.get(index));
                joined.give(calls.get(index).buffers(), tiles, at);
                at += tiles;
            }
        }
    }

    @Test
    void utility_ofACandidate_isTheSumOfWhatItsActionsAreWorth() {
        Question question = Question.random(new Random(1), 33);
        try (RankingCall call = ranker.borrow()) {
            question.write(call);
            call.run(33, Priority.INTERACTIVE, Deadline.none());
            float[] utility = new float[33];
            float[] expected = new float[33];
            float[] head = new float[33];
            call.utility(utility, 33);
            for (int h = 0; h < WORTH.length; h++) {
                call.probabilities(h, head, 33);
                for (int row = 0; row < 33; row++) {
                    assertTrue(head[row] > 0 && head[row] < 1, "probability " + head[row]);
                    expected[row] += head[row] * WORTH[h];
                }
            }
            assertArrayEquals(expected, utility, 1e-5f);
        }
    }

    @Test
    void item_thatGetsAnotherVector_isRankedByIt() {
        Question question = Question.random(new Random(2), 1);
        float before = clicks(question)[0];

        ranker.putItem(question.items()[0], new int[] {7, 9});

        assertNotEquals(before, clicks(question)[0]);
    }

    @Test
    void call_ofManyCandidates_allocatesNothingPerCandidate() {
        var meter = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long one = steady(ranker, meter, 1);
        long many = steady(ranker, meter, 640);
        assertTrue(one <= 1024, one + " bytes a call of one candidate");
        assertTrue(many - one < 64, "640 candidates cost " + (many - one) + " bytes more than one");
    }

    /** The least of many rounds: vectors are objects until the compiler has come to the loops that use them. */
    private static long steady(MultiTaskRanker ranker, com.sun.management.ThreadMXBean meter, int rows) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 50; round++) {
            least = Math.min(least, allocated(ranker, meter, rows));
        }
        return least;
    }

    private static long allocated(MultiTaskRanker ranker, com.sun.management.ThreadMXBean meter, int rows) {
        int rounds = 200;
        long before = meter.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < rounds; i++) {
            try (RankingCall call = ranker.borrow()) {
                call.run(rows, Priority.INTERACTIVE, Deadline.none());
            }
        }
        return (meter.getCurrentThreadAllocatedBytes() - before) / rounds;
    }

    @Test
    @SuppressWarnings("try") // It is closed within, to be used afterwards.
    void calls_wronglyUsed_areRefusedWithTheReason() {
        try (RankingCall call = ranker.borrow()) {
            assertThrows(IllegalArgumentException.class, () -> call.run(1025, Priority.INTERACTIVE, Deadline.none()));
            MillraceException late = assertThrows(
                    MillraceException.class,
                    () -> call.run(1, Priority.INTERACTIVE, Deadline.after(Duration.ofMillis(-1))));
            assertEquals(ErrorCode.DEADLINE_EXCEEDED, late.code());
            call.close();
            assertThrows(IllegalStateException.class, () -> call.user(new int[0]));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> MultiTaskRanker.load(ranker.bundle(), new float[] {1}, InferenceConfig.of(64, 1)));
    }

    /** The tables are inputs: they are no weights of the graph, and serving's own memory is read. */
    @Test
    void graph_ofTheBundle_holdsNoTable() throws IOException {
        long graph = ranker.bundle().graph().toFile().length();
        long table = (long) INPUTS.rows().count() * DIMENSION * Float.BYTES;
        assertTrue(graph < 64L * (NUMBERS.size() + 5 * DIMENSION) * Float.BYTES + 20_000, graph + " bytes");
        assertEquals(table / Float.BYTES, ranker.bundle().itemRows().capacity());
        assertTrue(ranker.bundle().userRows().isDirect(), "a copy of the users' rows is on the heap");
    }

    @Test
    void probabilities_ofItemsInTheStore_areTheSameToTheBit() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (MultiTaskRanker stored = stored(ITEMS)) {
            assertTrue(stored.usesRoom());
            assertFalse(ranker.usesRoom());
            fill(stored);
            for (int count : new int[] {1, 2, 15, 16, 17, 100, 500, 640}) {
                Question question = Question.random(random, count);
                assertArrayEquals(clicks(question), clicks(stored, question), "seed " + seed + ", " + count);
            }
        }
    }

    @Test
    void call_ofItemsInTheStore_allocatesNothingPerCandidate() throws IOException {
        var meter = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (MultiTaskRanker stored = stored(ITEMS)) {
            fill(stored);
            long one = steady(stored, meter, 1);
            long many = steady(stored, meter, 640);
            assertTrue(one <= 1024, one + " bytes a call of one candidate");
            assertTrue(many - one < 64, "640 candidates cost " + (many - one) + " bytes more than one");
        }
    }

    @Test
    void item_beyondTheRoom_isRankedAsAnUnknownOne() throws IOException {
        try (MultiTaskRanker stored = stored(10)) {
            for (int item = 0; item < 10; item++) {
                assertTrue(stored.putItem(item, new int[] {item + 1}));
            }
            assertFalse(stored.putItem(10, new int[] {11}));
            assertTrue(stored.putItem(3, new int[] {12}), "one that is there already");
            Question question = Question.random(new Random(4), 1).ofItem(10);
            assertArrayEquals(clicks(stored, question.ofItem(ITEMS + 1)), clicks(stored, question));
            assertNotEquals(clicks(stored, question)[0], clicks(stored, question.ofItem(9))[0]);
        }
    }

    @Test
    void candidates_beyondTheRoom_areCounted() throws IOException {
        Question question = Question.random(new Random(5), 4);
        try (MultiTaskRanker stored = stored(4);
                RankingCall call = stored.borrow()) {
            new Question(question.user(), question.history(), new int[] {3, 10, -1, 11}, question.numbers())
                    .write(call);
            for (int item = 0; item < 4; item++) {
                assertTrue(stored.putItem(item, new int[] {item + 1}));
            }
            call.run(4, Priority.INTERACTIVE, Deadline.none());
            assertEquals(0, call.withoutRoom(), "there is room: they come in a moment");

            assertFalse(stored.putItem(10, new int[] {11}));
            call.run(4, Priority.INTERACTIVE, Deadline.none());
            assertEquals(2, call.withoutRoom());
            call.run(1, Priority.INTERACTIVE, Deadline.none());
            assertEquals(0, call.withoutRoom());
            assertEquals(2, stored.candidatesWithoutRoom());
            assertEquals(4, stored.knownItems());
        }
    }

    /** A tensor covers the first 2 GiB of a table alone; a row behind them would be that of nothing. */
    @Test
    void item_beyondWhatTheTensorCovers_isRefused() throws IOException {
        RowTable table = DisguisedRows.withSlots(
                store.create(TableSpec.inMemory("items", DIMENSION * Float.BYTES, 2 * ITEMS, Long.MAX_VALUE)), 12);
        Question question = Question.random(new Random(6), 1);
        try (MultiTaskRanker stored =
                MultiTaskRanker.load(ranker.bundle(), WORTH, CONFIG, new MultiTaskRanker.ItemRoom(table, ITEMS))) {
            for (int item = 0; item < 10; item++) {
                assertTrue(stored.putItem(item, new int[] {item + 1}));
            }
            assertFalse(stored.putItem(10, new int[] {11}));
            for (int item = 0; item < 10; item++) { // each new vector in the slot that the one before has left
                assertTrue(stored.putItem(item, new int[] {item + 31}));
                ranker.putItem(item, new int[] {item + 31});
                Question only = new Question(question.user(), new int[0], new int[] {item}, question.numbers());
                assertArrayEquals(clicks(only), clicks(stored, only), "item " + item);
            }
        }
    }

    /** Each of a few items has one of two vectors at any time, so that what is said of half of each is what neither gives. */
    @Test
    @Timeout(120)
    void probabilities_whileVectorsChange_areThoseOfWholeOnes() throws Exception {
        int items = 64;
        Question question = Question.random(new Random(8), items).ofFirstItems();
        float[][] expected = new float[2][];
        for (int which = 0; which < 2; which++) {
            giveAll(ranker, items, which);
            expected[which] = clicks(question);
        }
        AtomicBoolean stop = new AtomicBoolean();
        try (MultiTaskRanker stored = stored(ITEMS)) {
            giveAll(stored, items, 0);
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int round = 1; !stop.get(); round++) {
                    giveAll(stored, items, round & 1);
                }
            });
            try {
                for (int call = 0; call < 500; call++) {
                    float[] found = clicks(stored, question);
                    for (int item = 0; item < items; item++) {
                        int at = item;
                        assertTrue(
                                found[item] == expected[0][item] || found[item] == expected[1][item],
                                () -> "item " + at + " got " + found[at] + ", which is neither " + expected[0][at]
                                        + " nor " + expected[1][at]);
                    }
                }
            } finally {
                stop.set(true);
                writer.join();
            }
        }
    }

    private static void giveAll(MultiTaskRanker ranker, int items, int which) {
        for (int item = 0; item < items; item++) {
            ranker.putItem(item, new int[] {1 + 2 * item + which});
        }
    }

    @Test
    void room_thatDoesNotFit_isRefusedWithTheReason() throws IOException {
        RowTable narrow = store.create(TableSpec.inMemory("narrow", 16, 10, Long.MAX_VALUE));
        assertRefused(narrow, "rows of 16 bytes");
        RowTable used = store.create(TableSpec.inMemory("used", DIMENSION * Float.BYTES, 10, Long.MAX_VALUE));
        used.put(1, MemorySegment.ofArray(new float[DIMENSION]), 0);
        assertRefused(used, "give an empty one");
    }

    private void assertRefused(RowTable table, String reason) {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> MultiTaskRanker.load(ranker.bundle(), WORTH, CONFIG, new MultiTaskRanker.ItemRoom(table, 10)));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    }

    @Test
    void room_inPieces_isNotUsed() throws IOException {
        RowTable pieces = new MemoryRowTable(DIMENSION * Float.BYTES, ITEMS);
        try (MultiTaskRanker own =
                MultiTaskRanker.load(ranker.bundle(), WORTH, CONFIG, new MultiTaskRanker.ItemRoom(pieces, ITEMS))) {
            assertFalse(own.usesRoom());
            fill(own);
            Question question = Question.random(new Random(9), 20);
            assertArrayEquals(clicks(question), clicks(own, question));
        }
    }

    private float[] clicks(Question question) {
        return clicks(ranker, question);
    }

    private static float[] clicks(MultiTaskRanker ranker, Question question) {
        int count = question.items().length;
        try (RankingCall call = ranker.borrow()) {
            question.write(call);
            call.run(count, Priority.INTERACTIVE, Deadline.none());
            float[] clicks = new float[count];
            call.probabilities(0, clicks, count);
            return clicks;
        }
    }

    private static int bits(float value) {
        return Float.floatToRawIntBits(value);
    }
}
