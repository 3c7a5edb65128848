package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

class MultiTaskRankerTest {
    private static final int DIMENSION = 32;
    private static final int HISTORY = 30;
    private static final int ITEMS = 3_000;
    private static final List<String> NUMBERS =
            List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m");
    private static final MultiTaskBundle.Inputs INPUTS =
            new MultiTaskBundle.Inputs(List.of("click", "long_view", "complaint"), NUMBERS, new HashedRows(8));
    private static final float[] WORTH = {1, 0.5f, -2};

    @TempDir
    private Path directory;

    private MultiTaskRanker ranker;

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
        ranker = MultiTaskRanker.load(bundle, WORTH, InferenceConfig.of(1024, 2));
        Random random = new Random(3);
        for (int item = 0; item < ITEMS; item++) {
            ranker.putItem(
                    item,
                    random.ints(1 + random.nextInt(4), 1, INPUTS.rows().count()).toArray());
        }
    }

    @AfterEach
    void close() {
        ranker.close();
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
        allocated(meter, 1);
        allocated(meter, 640);
        long one = allocated(meter, 1);
        long many = allocated(meter, 640);
        assertTrue(one <= 1024, one + " bytes a call of one candidate");
        assertTrue(many - one < 64, "640 candidates cost " + (many - one) + " bytes more than one");
    }

    private long allocated(com.sun.management.ThreadMXBean meter, int rows) {
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

    private float[] clicks(Question question) {
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
