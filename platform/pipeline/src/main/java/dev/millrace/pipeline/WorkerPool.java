package dev.millrace.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fixed number of threads shared by all requests, which takes work only while one of them is idle and a core is left
 * beside the callers: nothing ever queues, so work is either begun at once by a worker or done by the caller. While
 * callers keep all cores busy, a worker would only take turns with them, and a hand-over costs two of them. Thread-safe.
 */
public final class WorkerPool implements AutoCloseable {
    private final Semaphore idle;
    private final int cores;
    /** Callers and workers that have work. */
    private final AtomicInteger busy = new AtomicInteger();

    private final LinkedBlockingQueue<Runnable> handedOver = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * Workers that take work however many callers there are.
     *
     * @param size how many threads; with 0, all work stays with the callers
     */
    public WorkerPool(String name, int size) {
        this(name, size, Integer.MAX_VALUE);
    }

    /** @param cores how many callers and workers may be busy at once for a worker to take work */
    public WorkerPool(String name, int size, int cores) {
        this.cores = cores;
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

    /** A caller begins work of its own, which {@link #leave} ends. */
    void enter() {
        busy.incrementAndGet();
    }

    void leave() {
        busy.decrementAndGet();
    }

    /**
     * Gives the task to an idle worker; returns false, and does nothing, when all are busy, no core is left or the pool is
     * closed.
     */
    boolean tryRun(Runnable task) {
        if (busy.incrementAndGet() <= cores && idle.tryAcquire()) {
            return handedOver.add(task);
        }
        busy.decrementAndGet();
        return false;
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
                busy.decrementAndGet();
                idle.release();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }
}
