package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.MemoryRowTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class SequenceModelTest {
    private static final InferenceConfig CONFIG = InferenceConfig.of(600, 2);
    private static final Sizes SIZES = new Sizes(500, 64, 2, 2, 50);

    @TempDir
    Path directory;

    private static float[] random(SplittableRandom random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private SequenceModel transformer() throws IOException {
        return SequenceModel.load(TestModels.transformer(directory.resolve("transformer"), SIZES), CONFIG);
    }

    @Test
    void encode_ofAnyHistory_readsItsNewestItems() throws IOException {
        float[] rows = TestModels.rows();
        try (SequenceModel model = SequenceModel.load(TestModels.sum(directory.resolve("b")), CONFIG)) {
            assertEquals(4, model.dimension());
            assertEquals(3, model.historyLength());
            assertEquals(7, model.vocabularyIndex(new ItemId("i7")));
            assertEquals(-1, model.vocabularyIndex(new ItemId("other")));
            int[] history = {9, 29, 0, 12, 3};
            for (int count = 1; count <= history.length; count++) {
                float[] expected = new float[4];
                for (int i = Math.max(0, count - 3); i < count; i++) {
                    for (int k = 0; k < 4; k++) {
                        expected[k] += rows[history[i] * 4 + k];
                    }
                }
                float[] user = new float[4];
                model.encode(history, count, user);
                assertArrayEquals(expected, user, 1e-6f);
            }
        }
    }

    @Test
    void encode_ofAHistoryThatIsRemembered_givesTheSameBits() throws IOException {
        Bundle bundle = TestModels.transformer(directory.resolve("remembered"), SIZES);
        SplittableRandom random = new SplittableRandom(8);
        try (SequenceModel plain = SequenceModel.load(bundle, CONFIG);
                SequenceModel remembering = SequenceModel.load(bundle, CONFIG.withUserStates(64))) {
            int[][] histories = new int[40][];
            for (int i = 0; i < histories.length; i++) {
                histories[i] = random.ints(1 + random.nextInt(70), 0, 500).toArray();
            }
            float[] expected = new float[64];
            float[] actual = new float[64];
            // Histories that differ in their last event alone follow each other; more rounds than places evict some.
            for (int call = 0; call < 400; call++) {
                int[] history = histories[call % histories.length].clone();
                history[history.length - 1] = call / 100;
                plain.encode(history, history.length, expected);
                remembering.encode(history, history.length, actual);
                assertArrayEquals(expected, actual, "call " + call);
            }
        }
    }

    @Test
    void encode_afterALongerHistory_doesNotSeeItsItems() throws IOException {
        try (SequenceModel model = transformer()) {
            float[] first = new float[64];
            float[] again = new float[64];
            model.encode(new int[] {4, 8}, 2, first);
            int[] full = new SplittableRandom(1).ints(50, 0, 500).toArray();
            model.encode(full, 50, again);
            model.encode(new int[] {4, 8}, 2, again);
            assertArrayEquals(first, again);
        }
    }

    @Test
    void score_ofACandidate_doesNotDependOnTheOthersOfItsBatch() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        float[] user = random(random, 64);
        float[] rows = random(random, 500 * 64);
        try (SequenceModel model = transformer();
                Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocateFrom(ValueLayout.JAVA_FLOAT, rows);
            float[] together = new float[500];
            model.score(user, all, 500, together);
            float[] some = new float[500];
            for (int n : new int[] {1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 100, 257, 499}) {
                int from = random.nextInt(500 - n + 1);
                model.score(user, all.asSlice((long) from * 64 * 4), n, some);
                for (int i = 0; i < n; i++) {
                    assertEquals(together[from + i], some[i], "batch of " + n + " from " + from + ", row " + i);
                }
            }
            double expected = 0;
            for (int k = 0; k < 64; k++) {
                expected += (double) user[k] * rows[123 * 64 + k];
            }
            assertEquals(expected, together[123], 1e-4);
        }
    }

    @Test
    void score_throughASlot_isTheSameAsThroughACopy() throws IOException {
        SplittableRandom random = new SplittableRandom(4);
        float[] user = random(random, 64);
        float[] rows = random(random, 40 * 64);
        try (SequenceModel model = transformer()) {
            float[] copied = new float[40];
            model.score(user, MemorySegment.ofArray(rows), 40, copied);
            try (ScoringSlot slot = model.borrowScoringSlot()) {
                MemorySegment.copy(rows, 0, slot.itemRows(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, rows.length);
                slot.score(user, 40);
                float[] direct = new float[40];
                slot.scores().get(0, direct);
                assertArrayEquals(copied, direct);
            }
        }
    }

    @Test
    @Timeout(120)
    void calls_fromManyThreads_giveWhatOneThreadGives() throws Exception {
        int users = 64;
        SplittableRandom random = new SplittableRandom(6);
        float[] rows = random(random, 100 * 64);
        int[][] histories = new int[users][];
        float[][] expected = new float[users][100];
        try (SequenceModel model = transformer()) {
            for (int u = 0; u < users; u++) {
                histories[u] = random.ints(1 + random.nextInt(50), 0, 500).toArray();
                expected[u] = answer(model, histories[u], rows);
            }
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> calls = new ArrayList<>();
                for (int call = 0; call < 2_000; call++) {
                    int u = call * 31 % users;
                    calls.add(threads.submit(() -> assertArrayEquals(expected[u], answer(model, histories[u], rows))));
                }
                for (Future<?> call : calls) {
                    call.get();
                }
            }
        }
    }

    private static float[] answer(SequenceModel model, int[] history, float[] rows) {
        float[] user = new float[64];
        float[] scores = new float[100];
        model.encode(history, history.length, user);
        model.score(user, MemorySegment.ofArray(rows), 100, scores);
        return scores;
    }

    @Test
    void calls_whenWarm_allocateLessThanAKilobyteEach() throws IOException {
        com.sun.management.ThreadMXBean meter = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        float[] user = new float[64];
        float[] scores = new float[500];
        int[] history = new SplittableRandom(1).ints(50, 0, 500).toArray();
        try (SequenceModel model = transformer();
                Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(500 * 64 * 4);
            model.warmUp(50);
            int rounds = 200;
            long before = meter.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < rounds; i++) {
                model.encode(history, 50, user);
            }
            long between = meter.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < rounds; i++) {
                model.score(user, rows, 500, scores);
            }
            long after = meter.getCurrentThreadAllocatedBytes();
            assertTrue((between - before) / rounds <= 1024, "encode: " + (between - before) / rounds);
            assertTrue((after - between) / rounds <= 1024, "score: " + (after - between) / rounds);
        }
    }

    @Test
    void calls_withWrongArguments_areRefusedWithTheReason() throws IOException {
        try (SequenceModel model = SequenceModel.load(TestModels.sum(directory.resolve("b")), CONFIG)) {
            float[] user = new float[4];
            MemorySegment rows = MemorySegment.ofArray(new float[700 * 4]);
            assertRefused("a history of 0 items", () -> model.encode(new int[3], 0, user));
            assertRefused("a history of 4 items", () -> model.encode(new int[3], 4, user));
            assertRefused("is 30; give an index", () -> model.encode(new int[] {1, 30}, 2, user));
            assertRefused("is -1; give an index", () -> model.encode(new int[] {-1}, 1, user));
            assertRefused("a user vector of 3 floats", () -> model.encode(new int[] {1}, 1, new float[3]));
            assertRefused("a user vector of 3 floats", () -> model.score(new float[3], rows, 2, new float[2]));
            assertRefused("601 candidates; give 0 to 600", () -> model.score(user, rows, 601, new float[700]));
            assertRefused("-1 candidates", () -> model.score(user, rows, -1, new float[2]));
            assertRefused("3 candidates do not fit", () -> model.score(user, rows, 3, new float[2]));
            model.score(user, rows, 0, new float[0]);
        }
    }

    @Test
    @Timeout(300)
    void encode_pastItsDeadline_isEndedAndTheNextOneAnswers() throws IOException {
        Bundle bundle =
                TestModels.bundle(directory.resolve("slow"), TestModels.slowEncoder(400), ScorerGraph.dotProduct(4));
        int[] history = {1, 2};
        try (SequenceModel model = SequenceModel.load(bundle, CONFIG)) {
            float[] expected = new float[4];
            long began = System.nanoTime();
            model.encode(history, 2, expected);
            long whole = System.nanoTime() - began;
            assertTrue(whole > 200_000_000, "it takes but " + whole / 1_000_000 + " ms");

            float[] user = new float[4];
            began = System.nanoTime();
            MillraceException ended = assertThrows(
                    MillraceException.class,
                    () -> model.encode(history, 2, user, Deadline.afterNanos(whole / 20, Clock.system())));
            long taken = System.nanoTime() - began;
            assertEquals(ErrorCode.DEADLINE_EXCEEDED, ended.code());
            assertTrue(taken < whole / 2, taken / 1_000_000 + " of " + whole / 1_000_000 + " ms");
            assertEquals(1, model.endedRuns());

            model.encode(history, 2, user, Deadline.after(Duration.ofMinutes(5)));
            assertArrayEquals(expected, user);
            assertEquals(1, model.endedRuns());
        }
    }

    @Test
    void calls_afterTheirDeadline_doNotRun() throws IOException {
        Deadline past = Deadline.after(Duration.ofMillis(-1));
        try (SequenceModel model = SequenceModel.load(TestModels.sum(directory.resolve("b")), CONFIG);
                ItemScorer scorer = model.scorerOf(new MemoryRowTable(4 * Float.BYTES, 10))) {
            assertLate("not begun", () -> model.encode(new int[] {1}, 1, new float[4], past));
            assertLate(
                    "not begun", () -> scorer.score(new float[4], new long[1], 1, new boolean[1], new float[1], past));
            assertEquals(0, model.endedRuns());
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void call_thatFindsAllSlotsLent_waitsUntilItsDeadline() throws IOException {
        try (SequenceModel model = SequenceModel.load(TestModels.sum(directory.resolve("b")), CONFIG);
                ItemScorer scorer = model.scorerOf(new MemoryRowTable(4 * Float.BYTES, 10));
                ScoringSlot first = model.borrowScoringSlot();
                ScoringSlot second = model.borrowScoringSlot()) {
            first.score(new float[4], 1);
            second.score(new float[4], 1);
            Thread.currentThread().interrupt();
            long began = System.nanoTime();
            assertLate("inference.slots", () -> {
                Deadline soon = Deadline.after(Duration.ofMillis(30));
                scorer.score(new float[4], new long[1], 1, new boolean[1], new float[1], soon);
            });
            assertTrue(System.nanoTime() - began >= 30_000_000, "an interrupt ended the waiting");
            assertTrue(Thread.interrupted(), "the interrupt is forgotten");
        }
    }

    private static void assertLate(String reason, Executable call) {
        MillraceException late = assertThrows(MillraceException.class, call);
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, late.code());
        assertTrue(late.getMessage().contains(reason), late.getMessage());
    }

    private static void assertRefused(String reason, Runnable call) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(refused.toString().contains(reason), refused.getMessage());
    }

    @Test
    void load_ofAGraphWithWrongPorts_isRefusedWithTheReason() throws IOException {
        OnnxGraph scorer = ScorerGraph.dotProduct(4);
        assertLoadRefused(
                "has the inputs [past]; expected [history]", TestModels.sumEncoder("past", "user", 4), scorer);
        assertLoadRefused("has the outputs [vec]; expected [user]", TestModels.sumEncoder("history", "vec", 4), scorer);
        assertLoadRefused(
                "'user' is FLOAT[1, 2]; expected FLOAT[1, 4]", TestModels.sumEncoder("history", "user", 2), scorer);
        assertLoadRefused(
                "is FLOAT[-1, 5]; expected FLOAT[-1, 4]",
                TestModels.sumEncoder("history", "user", 4),
                ScorerGraph.dotProduct(5));
        OnnxGraphBuilder unknown = new OnnxGraphBuilder("unknown");
        String history = unknown.input("history", ElementType.INT64, Dimension.of(1), Dimension.of(3));
        unknown.output(
                "user",
                unknown.node("NoSuchOperator", List.of(history)),
                ElementType.FLOAT,
                Dimension.of(1),
                Dimension.of(4));
        assertLoadRefused("NoSuchOperator", unknown.build(), scorer);
    }

    private void assertLoadRefused(String reason, OnnxGraph encoder, OnnxGraph scorer) throws IOException {
        Path fresh = Files.createTempDirectory(directory, "bundle");
        Bundle bundle = TestModels.bundle(fresh, encoder, scorer);
        IOException refused = assertThrows(
                IOException.class, () -> SequenceModel.load(bundle, CONFIG).close());
        assertTrue(refused.toString().contains(reason), refused.getMessage());
    }

    @Test
    @Timeout(60)
    void close_whileASlotIsLent_waitsForIt() throws Exception {
        SequenceModel model = SequenceModel.load(TestModels.sum(directory.resolve("b")), CONFIG);
        CountDownLatch closing = new CountDownLatch(1);
        ScoringSlot slot = model.borrowScoringSlot();
        Thread closer = Thread.ofPlatform().start(() -> {
            closing.countDown();
            model.close();
        });
        closing.await();
        slot.score(new float[4], 10);
        assertTrue(closer.isAlive());
        slot.close();
        slot.close();
        closer.join();

        MillraceException refused =
                assertThrows(MillraceException.class, () -> model.encode(new int[] {1}, 1, new float[4]));
        assertEquals(ErrorCode.UNAVAILABLE, refused.code());
        assertThrows(MillraceException.class, model::borrowScoringSlot);
        assertThrows(IllegalStateException.class, slot::scores);
    }

    @Test
    @Timeout(60)
    void borrowers_beyondTheSlots_waitForOneToComeBack() throws Exception {
        try (SequenceModel model = SequenceModel.load(TestModels.sum(directory.resolve("b")), CONFIG)) {
            ScoringSlot first = model.borrowScoringSlot();
            ScoringSlot second = model.borrowScoringSlot();
            CountDownLatch lent = new CountDownLatch(1);
            Thread third = Thread.ofPlatform().start(() -> {
                try (ScoringSlot slot = model.borrowScoringSlot()) {
                    slot.score(new float[4], 1);
                    lent.countDown();
                }
            });
            while (third.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            assertEquals(1, lent.getCount());
            second.close();
            lent.await();
            third.join();
            first.close();
        }
    }
}
