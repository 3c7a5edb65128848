package dev.millrace.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * A fixed number of threads shared by all requests, which takes work only while one of them is idle: nothing ever
 * queues, so work is either begun at once by a worker or done by the caller. Thread-safe.
 */
public final class WorkerPool implements AutoCloseable {
    private final Semaphore idle;
    private final LinkedBlockingQueue<Runnable> handedOver = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    /** @param size how many threads; with 0, all work stays with the callers */
    public WorkerPool(String name, int size) {
        if (size < 0 || size > 1024) {
            throw new IllegalArgumentException("size is " + size + "; give 0 to 1024");
        }
        idle = new Semaphore(size);
        for (int i = 1; i <= size; i++) {
            Thread thread =
                    Thread.ofPlatform().name(name + "-" + i).daemon(true).unstarted(this::work);
            threads.add(thread);
            thread.start();
        }
    }

    /** A pool that takes nothing. */
    public static WorkerPool none() {
        return new WorkerPool("none", 0);
    }

    /** Gives the task to an idle worker; returns false, and does nothing, when all are busy or the pool is closed. */
    boolean tryRun(Runnable task) {
        return idle.tryAcquire() && handedOver.add(task);
    }

    /** Takes no more work, and ends each worker after what it is doing; does not wait for it. */
    @Override
    public void close() {
        idle.drainPermits();
        threads.forEach(Thread::interrupt);
    }

    private void work() {
        try {
            while (true) {
                handedOver.take().run();
                idle.release();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }
}
