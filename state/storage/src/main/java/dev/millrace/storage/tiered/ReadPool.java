package dev.millrace.storage.tiered;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that wait for the disk on behalf of batches: one read takes tens of microseconds, and a disk serves dozens at once.
 * Thread-safe.
 */
final class ReadPool implements AutoCloseable {
    /** Reads on their way at once. Not tuned: io_uring is to replace these threads. */
    private static final int THREADS = 16;

    private final ThreadPoolExecutor threads;
    private final Thread example;

    ReadPool() {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory factory = work -> Thread.ofPlatform()
                .name("store-read-" + number.getAndIncrement())
                .daemon()
                .unstarted(work);
        this.threads =
                new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        threads.allowCoreThreadTimeOut(true);
        this.example = Thread.ofPlatform().unstarted(() -> {});
    }

    /** A thread as those of the pool, to ask whether memory may be used there. */
    Thread example() {
        return example;
    }

    /** Does the work for 0 to {@code count} − 1, in any order and at once; the caller takes part. Rethrows what the work threw. */
    void forEach(int count, IntConsumer work) {
        Batch batch = new Batch(count, work, Thread.currentThread());
        int helpers = Math.min(count - 1, THREADS);
        for (int i = 0; i < helpers; i++) {
            threads.execute(batch);
        }
        batch.run();
        batch.await();
    }

    private static final class Batch implements Runnable {
        private final int count;
        private final IntConsumer work;
        private final Thread waiting;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private volatile @Nullable Throwable failure;

        Batch(int count, IntConsumer work, Thread waiting) {
            this.count = count;
            this.work = work;
            this.waiting = waiting;
            this.left = new AtomicInteger(count);
        }

        @Override
        public void run() {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    work.accept(i);
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                if (left.decrementAndGet() == 0) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        void await() {
            boolean interrupted = false;
            while (left.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            switch (failure) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {}
            }
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
