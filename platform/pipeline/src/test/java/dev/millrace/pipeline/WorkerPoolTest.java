package dev.millrace.pipeline;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

@Timeout(60)
class WorkerPoolTest {
    private final CountDownLatch release = new CountDownLatch(1);
    private final Semaphore ended = new Semaphore(0);

    @Test
    void tryRun_whileCallersKeepAllCoresBusy_takesNothing() throws Exception {
        try (WorkerPool workers = new WorkerPool("test", 2, 2)) {
            workers.enter();
            assertTrue(workers.tryRun(this::work), "one caller leaves a core");
            for (int i = 0; i < 100; i++) {
                assertFalse(workers.tryRun(this::work), "a caller and a worker have both cores");
            }
            workers.leave();
            assertTrue(workers.tryRun(this::work), "the caller's core is free again");
            workers.enter();
            workers.enter();
            release.countDown();
            ended.acquire(2);
            assertFalse(workers.tryRun(this::work), "two callers have both cores");
            workers.leave();
            // A worker counts as busy for a moment after its task has ended.
            while (!workers.tryRun(this::work)) {
                Thread.onSpinWait();
            }
            ended.acquire();
        }
    }

    @Test
    void tryRun_withoutABoundOfCores_takesWorkBesideAnyNumberOfCallers() throws Exception {
        try (WorkerPool workers = new WorkerPool("test", 1)) {
            for (int i = 0; i < 1_000; i++) {
                workers.enter();
            }
            assertTrue(workers.tryRun(this::work));
            assertFalse(workers.tryRun(this::work), "its one thread is busy");
            release.countDown();
            ended.acquire();
        }
    }

    private void work() {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended.release();
    }
}
