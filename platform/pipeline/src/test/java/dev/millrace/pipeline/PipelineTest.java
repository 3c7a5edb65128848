package dev.millrace.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.pipeline.Column.FloatColumn;
import dev.millrace.pipeline.Column.IntColumn;
import dev.millrace.pipeline.PipelineResult.Outcome;
import dev.millrace.pipeline.PipelineResult.StageResult;
import dev.millrace.pipeline.StageSpec.FailurePolicy;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class PipelineTest {
    private static final Value<Integer> COUNT = Value.assigned("count");
    private static final Value<int[]> LEFT = Value.kept("left", () -> new int[1]);
    private static final Value<int[]> RIGHT = Value.kept("right", () -> new int[1]);
    private static final Value<String> RESULT = Value.assigned("result");
    private static final IntColumn NUMBER = new IntColumn("number");
    private static final FloatColumn SCORE = new FloatColumn("score");

    private final Stage fill =
            TestStage.of(spec("fill").reading(COUNT).writing(NUMBER).shaping(), scope -> {
                int n = scope.read(COUNT);
                scope.resize(n);
                int[] numbers = scope.write(NUMBER);
                for (int i = 0; i < n; i++) {
                    numbers[i] = i;
                }
            });

    private final Stage join = TestStage.of(spec("join").mayReading(LEFT, RIGHT).writing(RESULT), scope -> {
        String left = scope.has(LEFT) ? String.valueOf(scope.read(LEFT)[0]) : "none";
        String right = scope.has(RIGHT) ? String.valueOf(scope.read(RIGHT)[0]) : "none";
        scope.set(RESULT, left + " " + right);
    });

    @Test
    void select_anyOrder_movesEveryColumn() {
        Stage score = TestStage.of(spec("score").reading(NUMBER).writing(SCORE), scope -> {
            for (int i = 0; i < scope.size(); i++) {
                scope.write(SCORE)[i] = scope.read(NUMBER)[i] * 0.5f;
            }
        });
        Stage reverseOdd = TestStage.of(spec("choose").shaping(), scope -> scope.select(new int[] {5, 3, 1}, 3));
        Pipeline pipeline = Pipeline.named("p")
                .input(COUNT)
                .then(fill)
                .then(score)
                .then(reverseOdd)
                .build(WorkerPool.none());
        try (Frame frame = pipeline.open().put(COUNT, 7)) {
            assertNull(pipeline.run(frame, Deadline.none()).failure());
            assertArrayEquals(new int[] {5, 3, 1}, Arrays.copyOf(frame.get(NUMBER), 3));
            assertArrayEquals(new float[] {2.5f, 1.5f, 0.5f}, Arrays.copyOf(frame.get(SCORE), 3));
        }
    }

    @Test
    void run_stageThatTouchesUndeclaredFields_failsByName() {
        List<TestStage.Body> cheats = List.of(
                scope -> scope.read(NUMBER),
                scope -> scope.write(NUMBER),
                scope -> scope.has(SCORE),
                scope -> scope.resize(1),
                scope -> scope.select(new int[1], 1));
        for (TestStage.Body cheat : cheats) {
            Pipeline pipeline = Pipeline.named("p")
                    .input(COUNT)
                    .then(fill)
                    .then(TestStage.of(spec("cheat").onFailure(FailurePolicy.SKIP), cheat))
                    .build(WorkerPool.none());
            StageResult result = only(run(pipeline));
            assertEquals("cheat", result.stage());
            assertTrue(result.reason().contains("stage 'cheat'"), result.reason());
        }
    }

    @Test
    void run_failingStage_isAnsweredByItsPolicy() {
        assertEquals("none none", resultWith(FailurePolicy.SKIP, false));
        assertEquals("7 none", resultWith(FailurePolicy.DEFAULT, false));
        assertEquals("1 none", resultWith(FailurePolicy.SKIP, true));
        Pipeline failing = Pipeline.named("p")
                .then(left(FailurePolicy.FAIL, false))
                .then(join)
                .build(WorkerPool.none());
        try (Frame frame = failing.open()) {
            PipelineResult result = failing.run(frame, Deadline.none());
            StageResult failure = present(result.failure());
            assertEquals("left", failure.stage());
            assertEquals("failed: java.io.IOException: no disk", failure.reason());
            assertEquals(Outcome.SKIPPED, result.stages().get(1).outcome());
            assertFalse(frame.has(RESULT));
            assertThrows(IllegalStateException.class, () -> frame.get(RESULT));
        }
        assertEquals(1, failing.degradations("left"));
        assertEquals(0, failing.degradations("join"));
    }

    @Test
    void run_failingFallback_endsTheRun() {
        Stage broken = TestStage.of(spec("left").writing(LEFT).onFailure(FailurePolicy.DEFAULT), scope -> {
            throw new AssertionError("native library");
        });
        Pipeline pipeline = Pipeline.named("p").then(broken).build(WorkerPool.none());
        try (Frame frame = pipeline.open()) {
            StageResult failure = present(pipeline.run(frame, Deadline.none()).failure());
            assertTrue(failure.reason().contains("native library"), failure.reason());
            assertTrue(failure.reason().contains("gives no fallback"), failure.reason());
        }
    }

    @Test
    void run_partialStage_isReportedAndUsed() {
        Stage partial = TestStage.of(spec("left").writing(LEFT).onFailure(FailurePolicy.SKIP), scope -> {
            scope.write(LEFT)[0] = 3;
            scope.partial("half of it");
        });
        Pipeline pipeline = Pipeline.named("p").then(partial).then(join).build(WorkerPool.none());
        try (Frame frame = pipeline.open()) {
            StageResult result = only(pipeline.run(frame, Deadline.none()));
            assertEquals(Outcome.PARTIAL, result.outcome());
            assertEquals("half of it", result.reason());
            assertEquals("3 none", frame.get(RESULT));
        }
    }

    @Test
    void run_passedDeadline_dropsWhatIsOptionalAndKeepsWhatIsNot() {
        Pipeline pipeline = Pipeline.named("p")
                .then(left(FailurePolicy.SKIP, true))
                .then(join)
                .build(WorkerPool.none());
        try (Frame frame = pipeline.open()) {
            PipelineResult result = pipeline.run(frame, Deadline.after(Duration.ZERO));
            assertEquals(Outcome.LATE, result.stages().get(0).outcome());
            assertEquals(Outcome.OK, result.stages().get(1).outcome());
            assertEquals("none none", frame.get(RESULT));
        }
    }

    @Test
    void run_shares_splitTheDeadlineFromTheStart() {
        List<Long> budgets = new ArrayList<>();
        Stage first = TestStage.of(
                spec("first").share(1), scope -> budgets.add(scope.deadline().remainingNanos()));
        Stage second = TestStage.of(
                spec("second").share(3), scope -> budgets.add(scope.deadline().remainingNanos()));
        Pipeline pipeline = Pipeline.named("p").then(first).then(second).build(WorkerPool.none());
        try (Frame frame = pipeline.open()) {
            pipeline.run(frame, Deadline.after(Duration.ofSeconds(400)));
        }
        assertEquals(100, budgets.get(0) / 1e9, 5);
        assertEquals(400, budgets.get(1) / 1e9, 5);
    }

    @Test
    void run_withoutAnInput_saysWhich() {
        Pipeline pipeline = Pipeline.named("p").input(COUNT).then(fill).build(WorkerPool.none());
        try (Frame frame = pipeline.open()) {
            String message =
                    String.valueOf(assertThrows(IllegalStateException.class, () -> pipeline.run(frame, Deadline.none()))
                            .getMessage());
            assertTrue(message.contains("'count'"), message);
        }
    }

    @Test
    void group_idleWorkers_runsBranchesAtOnce() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        try (WorkerPool workers = new WorkerPool("test", 2)) {
            Pipeline pipeline = group(workers, meeting("left", LEFT, both), meeting("right", RIGHT, both));
            try (Frame frame = pipeline.open()) {
                PipelineResult result = pipeline.run(frame, Deadline.after(Duration.ofSeconds(30)));
                assertEquals(List.of(), result.degradations());
                assertEquals("1 1", frame.get(RESULT));
            }
        }
    }

    @Test
    void group_saturatedPool_runsOnTheCaller() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (WorkerPool workers = new WorkerPool("test", 1)) {
            assertTrue(workers.tryRun(() -> awaitQuietly(release)));
            List<Thread> threads = new ArrayList<>();
            Stage offered = TestStage.of(StageSpec.of("left").writing(LEFT).offloaded(), scope -> {
                threads.add(Thread.currentThread());
                scope.write(LEFT)[0] = 1;
            });
            Pipeline pipeline = group(workers, offered);
            try (Frame frame = pipeline.open()) {
                assertEquals(List.of(), pipeline.run(frame, Deadline.none()).degradations());
                assertEquals("1 none", frame.get(RESULT));
            }
            assertEquals(List.of(Thread.currentThread()), threads);
            release.countDown();
        }
    }

    @Test
    void group_lateBranch_isAbandonedAndItsMemoryIsNotReusedUntilItEnds() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicInteger forgotten = new AtomicInteger();
        Value<String> lease = Value.leased("lease", content -> forgotten.incrementAndGet());
        try (WorkerPool workers = new WorkerPool("test", 1)) {
            Stage hanging = TestStage.of(
                    StageSpec.of("left")
                            .reading(lease)
                            .writing(LEFT)
                            .onFailure(FailurePolicy.SKIP)
                            .offloaded(),
                    scope -> {
                        awaitQuietly(release);
                        scope.write(LEFT)[0] = 666;
                        ended.countDown();
                    });
            Stage right = TestStage.of(StageSpec.of("right").writing(RIGHT), scope -> scope.write(RIGHT)[0] = 2);
            Pipeline pipeline = Pipeline.named("p")
                    .input(lease)
                    .parallel("group", 10, List.of(hanging, right))
                    .then(join)
                    .build(workers);
            Frame first = pipeline.open().put(lease, "held");
            StageResult late = only(pipeline.run(first, Deadline.after(Duration.ofMillis(20))));
            assertEquals(Outcome.LATE, late.outcome());
            assertEquals("none 2", first.get(RESULT));
            first.close();
            assertEquals(0, forgotten.get(), "the hanging stage still reads the lease");

            Frame second = pipeline.open().put(lease, "held");
            assertNotSame(first, second);
            StageResult skipped = only(pipeline.run(second, Deadline.after(Duration.ofSeconds(30))));
            assertEquals(Outcome.SKIPPED, skipped.outcome());
            assertEquals("an earlier call has not ended", skipped.reason());
            second.close();

            release.countDown();
            assertTrue(ended.await(30, TimeUnit.SECONDS));
            awaitForgotten(forgotten, 2);
            Frame third = pipeline.open();
            Frame fourth = pipeline.open();
            assertTrue(third == first || fourth == first, "the frame is reused once the stage has ended");
            assertEquals(2, pipeline.degradations("left"));
        }
    }

    @Test
    void frame_closedAndOpenedAgain_isReusedAndEmpty() {
        Pipeline pipeline = Pipeline.named("p").input(COUNT).then(fill).build(WorkerPool.none());
        Frame frame = pipeline.open().put(COUNT, 3);
        pipeline.run(frame, Deadline.none());
        frame.close();
        Frame again = pipeline.open();
        assertSame(frame, again);
        assertFalse(again.has(NUMBER));
        assertFalse(again.has(COUNT));
    }

    @Test
    void run_manyThreadsAndDeadlines_neverMixesRequests() throws Exception {
        try (WorkerPool workers = new WorkerPool("test", 2);
                ExecutorService callers = Executors.newFixedThreadPool(4)) {
            Stage left = TestStage.of(
                    StageSpec.of("left")
                            .reading(COUNT)
                            .writing(LEFT)
                            .onFailure(FailurePolicy.SKIP)
                            .offloaded(),
                    scope -> {
                        int count = scope.read(COUNT);
                        for (long until = System.nanoTime() + 1000L * (count % 100); System.nanoTime() < until; ) {
                            Thread.onSpinWait();
                        }
                        scope.write(LEFT)[0] = count;
                    });
            Stage right = TestStage.of(
                    StageSpec.of("right").reading(COUNT).writing(RIGHT),
                    scope -> scope.write(RIGHT)[0] = scope.read(COUNT));
            Pipeline pipeline = Pipeline.named("p")
                    .input(COUNT)
                    .parallel("group", 1, List.of(left, right))
                    .then(join)
                    .build(workers);
            List<Future<?>> running = new ArrayList<>();
            for (int caller = 0; caller < 4; caller++) {
                int start = caller * 1_000_000;
                running.add(callers.submit(() -> repeat(pipeline, start)));
            }
            for (Future<?> future : running) {
                future.get(60, TimeUnit.SECONDS);
            }
        }
    }

    private static void repeat(Pipeline pipeline, int start) {
        for (int i = start; i < start + 5_000; i++) {
            try (Frame frame = pipeline.open().put(COUNT, i)) {
                pipeline.run(frame, Deadline.after(Duration.ofNanos(1000L * (i % 200))));
                String result = frame.get(RESULT);
                assertTrue(result.equals(i + " " + i) || result.equals("none " + i), result + " for " + i);
            }
        }
    }

    private String resultWith(FailurePolicy policy, boolean works) {
        Pipeline pipeline =
                Pipeline.named("p").then(left(policy, works)).then(join).build(WorkerPool.none());
        try (Frame frame = pipeline.open()) {
            assertNull(pipeline.run(frame, Deadline.none()).failure());
            return frame.get(RESULT);
        }
    }

    private static Stage left(FailurePolicy policy, boolean works) {
        return TestStage.of(spec("left").writing(LEFT).onFailure(policy), scope -> {
                    scope.write(LEFT)[0] = 1;
                    if (!works) {
                        throw new IOException("no disk");
                    }
                })
                .withFallback(scope -> scope.write(LEFT)[0] = 7);
    }

    private Pipeline group(WorkerPool workers, Stage... branches) {
        return Pipeline.named("p")
                .parallel("group", 1, List.of(branches))
                .then(join)
                .build(workers);
    }

    /** A branch that ends only when the other one has begun. */
    private static Stage meeting(String name, Value<int[]> into, CountDownLatch both) {
        return TestStage.of(StageSpec.of(name).writing(into).offloaded(), scope -> {
            both.countDown();
            assertTrue(both.await(30, TimeUnit.SECONDS));
            scope.write(into)[0] = 1;
        });
    }

    private static PipelineResult run(Pipeline pipeline) {
        try (Frame frame = pipeline.open().put(COUNT, 3)) {
            return pipeline.run(frame, Deadline.none());
        }
    }

    private static StageResult only(PipelineResult result) {
        assertEquals(1, result.degradations().size(), result.toString());
        return result.degradations().getFirst();
    }

    private static StageResult present(@Nullable StageResult result) {
        assertNotNull(result);
        return result;
    }

    private static void awaitForgotten(AtomicInteger forgotten, int expected) {
        for (long until = System.nanoTime() + 30_000_000_000L;
                forgotten.get() < expected && System.nanoTime() < until; ) {
            Thread.onSpinWait();
        }
        assertEquals(expected, forgotten.get());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static StageSpec spec(String name) {
        return StageSpec.of(name).share(1);
    }
}
