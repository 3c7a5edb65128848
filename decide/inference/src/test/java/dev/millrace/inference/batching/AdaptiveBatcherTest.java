package dev.millrace.inference.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

@Timeout(60)
class AdaptiveBatcherTest {
    private static final BatchingConfig ONE_CORE = new BatchingConfig(1, Duration.ofMillis(5), 128, 256);

    /** A call with a name, so that tests can see which went together. */
    private static final class Named extends BatchWork {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Runs batches only when it is told to, and remembers them. */
    private static final class Gate implements BatchRunner {
        private final Semaphore permits = new Semaphore(0);
        private final Semaphore begun = new Semaphore(0);
        private final List<String> batches = Collections.synchronizedList(new ArrayList<>());
        private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void run(List<BatchWork> batch, int rows) {
            batches.add(rows + batch.toString());
            threads.add(Thread.currentThread());
            begun.release();
            permits.acquireUninterruptibly();
        }
    }

    private final AtomicLong nanos = new AtomicLong();
    private final Clock clock = new Clock() {
        @Override
        public long millis() {
            return nanos.get() / 1_000_000;
        }

        @Override
        public long nanos() {
            return nanos.get();
        }
    };
    private final Gate gate = new Gate();

    private CompletableFuture<Void> call(AdaptiveBatcher batcher, String name, int rows, Priority priority) {
        return call(batcher, name, rows, priority, Deadline.none());
    }

    private CompletableFuture<Void> call(
            AdaptiveBatcher batcher, String name, int rows, Priority priority, Deadline deadline) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                batcher.run(new Named(name), rows, priority, deadline);
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** Occupies the one core, and returns when it does. */
    private CompletableFuture<Void> occupy(AdaptiveBatcher batcher) throws InterruptedException {
        CompletableFuture<Void> first = call(batcher, "first", 1, Priority.INTERACTIVE);
        gate.begun.acquire();
        return first;
    }

    private static void awaitWaiting(AdaptiveBatcher batcher, int rows) {
        while (batcher.figures().waitingRows() != rows) {
            Thread.onSpinWait();
        }
    }

    @Test
    void run_whileACoreIsIdle_runsAtOnceOnItsOwnThread() {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        gate.permits.release();
        batcher.run(new Named("a"), 3, Priority.INTERACTIVE, Deadline.none());
        assertEquals(List.of("3[a]"), gate.batches);
        assertEquals(List.of(Thread.currentThread()), gate.threads);
    }

    @Test
    void run_whileAllCoresAreBusy_joinsWhatWaitsInOneBatch() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(call(batcher, "w" + i, 10, Priority.INTERACTIVE));
            awaitWaiting(batcher, (i + 1) * 10);
        }
        gate.permits.release(2);
        Stream.concat(Stream.of(first), waiting.stream()).forEach(CompletableFuture::join);
        assertEquals(List.of("1[first]", "40[w0, w1, w2, w3]"), gate.batches);
        BatchFigures figures = batcher.figures();
        assertEquals(2, figures.batches());
        assertEquals(5, figures.calls());
        assertEquals(41, figures.rows());
    }

    @Test
    void run_ofMoreThanTheLimit_leavesTheRestForTheNextBatchAndGrowsTheLimit() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(call(batcher, "w" + i, 40, Priority.INTERACTIVE));
            awaitWaiting(batcher, (i + 1) * 40);
        }
        gate.permits.release(10);
        first.join();
        waiting.forEach(CompletableFuture::join);
        // 64 rows at first; each full batch within the budget adds 32.
        assertEquals(List.of("1[first]", "80[w0, w1]", "120[w2, w3, w4]"), gate.batches);
        assertEquals(128, batcher.figures().limitRows());
    }

    @Test
    void run_ofABurst_isServedByOneThreadUntilNobodyWaits() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(call(batcher, "w" + i, 80, Priority.INTERACTIVE));
            awaitWaiting(batcher, (i + 1) * 80);
        }
        gate.permits.release(10);
        first.join();
        waiting.forEach(CompletableFuture::join);
        assertEquals(List.of("1[first]", "80[w0]", "80[w1]", "80[w2]"), gate.batches);
        assertTrue(gate.threads.get(1).getName().startsWith("scoring-"), () -> gate.threads.toString());
        assertEquals(1, gate.threads.stream().skip(1).distinct().count(), () -> gate.threads.toString());
        // The permit is free again: the next call runs on its own thread.
        batcher.close();
    }

    @Test
    void run_byManyAtOnce_givesEachItsAnswerAndLeavesNothingBehind() {
        LongAdder answered = new LongAdder();
        AdaptiveBatcher batcher = new AdaptiveBatcher(
                new BatchingConfig(2, Duration.ofMillis(5), 128, 4096),
                (batch, rows) -> {
                    batch.forEach(work -> answered.increment());
                    Thread.yield();
                },
                Clock.system());
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            callers.add(Thread.ofVirtual().start(() -> {
                Named call = new Named("again");
                for (int round = 0; round < 500; round++) {
                    batcher.run(call, 3, Priority.INTERACTIVE, Deadline.none());
                }
            }));
        }
        for (Thread caller : callers) {
            while (caller.isAlive()) {
                Thread.yield();
            }
        }
        batcher.close();
        assertEquals(16_000, answered.sum());
        BatchFigures figures = batcher.figures();
        assertEquals(16_000, figures.calls());
        assertEquals(0, figures.waitingRows());
    }

    @Test
    void run_beyondTheBudget_shrinksTheLimit() {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, (batch, rows) -> nanos.addAndGet(6_000_000), clock);
        batcher.run(new Named("slow"), 64, Priority.INTERACTIVE, Deadline.none());
        assertEquals(57, batcher.figures().limitRows());
        batcher.run(new Named("slow"), 64, Priority.INTERACTIVE, Deadline.none());
        assertEquals(51, batcher.figures().limitRows());
    }

    @Test
    void run_ofBothPriorities_runsPeopleFirst() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        CompletableFuture<Void> background = call(batcher, "background", 60, Priority.BACKGROUND);
        awaitWaiting(batcher, 60);
        CompletableFuture<Void> person = call(batcher, "person", 60, Priority.INTERACTIVE);
        awaitWaiting(batcher, 120);
        gate.permits.release(3);
        CompletableFuture.allOf(first, background, person).join();
        assertEquals("60[person]", gate.batches.get(1));
        assertEquals("60[background]", gate.batches.get(2));
    }

    @Test
    void run_whoseDeadlinePassesInTheQueue_isDroppedBeforeItRuns() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        // Its thread sleeps for real hours: only whoever ends the run before it can find it late.
        CompletableFuture<Void> late =
                call(batcher, "late", 5, Priority.INTERACTIVE, Deadline.after(Duration.ofHours(9), clock));
        awaitWaiting(batcher, 5);
        CompletableFuture<Void> patient = call(batcher, "patient", 5, Priority.INTERACTIVE);
        awaitWaiting(batcher, 10);
        nanos.addAndGet(Duration.ofHours(10).toNanos());
        gate.permits.release(2);
        CompletableFuture.allOf(first, patient).join();
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, failure(late).code());
        assertEquals(List.of("1[first]", "5[patient]"), gate.batches);
        assertEquals(1, batcher.figures().expired());
    }

    @Test
    void run_whoseDeadlinePassesWhileACoreStaysBusy_returnsAtItsDeadline() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, Clock.system());
        CompletableFuture<Void> first = occupy(batcher);
        CompletableFuture<Void> late =
                call(batcher, "late", 5, Priority.INTERACTIVE, Deadline.after(Duration.ofMillis(20)));
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, failure(late).code());
        assertFalse(first.isDone());
        assertEquals(0, batcher.figures().waitingRows());
        gate.permits.release();
        first.join();
    }

    @Test
    void run_beyondTheQueue_isRefusedAtOnce() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        CompletableFuture<Void> waiting = call(batcher, "waiting", 200, Priority.INTERACTIVE);
        awaitWaiting(batcher, 200);
        MillraceException refused = failure(call(batcher, "too much", 57, Priority.INTERACTIVE));
        assertEquals(ErrorCode.OVERLOADED, refused.code());
        assertTrue(refused.getMessage().contains("200 rows waiting and takes at most 256"), refused.getMessage());
        assertEquals(1, batcher.figures().refused());
        gate.permits.release(2);
        CompletableFuture.allOf(first, waiting).join();
    }

    @Test
    void run_ofABatchThatFails_failsEachCallAndFreesTheCore() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        AdaptiveBatcher batcher = new AdaptiveBatcher(
                ONE_CORE,
                (batch, rows) -> {
                    begun.countDown();
                    try {
                        open.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    if (batch.size() == 2) {
                        throw new IllegalStateException("broken");
                    }
                },
                clock);
        CompletableFuture<Void> first = call(batcher, "first", 1, Priority.INTERACTIVE);
        begun.await();
        CompletableFuture<Void> a = call(batcher, "a", 1, Priority.INTERACTIVE);
        CompletableFuture<Void> b = call(batcher, "b", 1, Priority.INTERACTIVE);
        awaitWaiting(batcher, 2);
        open.countDown();
        first.join();
        assertTrue(failure(a).getMessage().contains("scoring failed: broken"));
        assertEquals(ErrorCode.INTERNAL, failure(b).code());
        batcher.run(new Named("after"), 1, Priority.INTERACTIVE, Deadline.none());
    }

    @Test
    void close_withCallsInTheQueue_waitsForThemAndRefusesNewOnes() throws InterruptedException {
        AdaptiveBatcher batcher = new AdaptiveBatcher(ONE_CORE, gate, clock);
        CompletableFuture<Void> first = occupy(batcher);
        CompletableFuture<Void> waiting = call(batcher, "waiting", 2, Priority.INTERACTIVE);
        awaitWaiting(batcher, 2);
        Thread closer = Thread.ofPlatform().start(batcher::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(
                ErrorCode.UNAVAILABLE,
                failure(call(batcher, "new", 1, Priority.INTERACTIVE)).code());
        gate.permits.release(2);
        CompletableFuture.allOf(first, waiting).join();
        closer.join();
    }

    private static MillraceException failure(CompletableFuture<Void> call) {
        CompletionException failed = assertThrows(CompletionException.class, call::join);
        return (MillraceException) failed.getCause();
    }
}
