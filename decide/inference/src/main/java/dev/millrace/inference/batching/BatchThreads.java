package dev.millrace.inference.batching;

import java.time.Duration;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that run batches for calls that had to wait, for all models of the process (thread-safe). Made when they are
 * needed, never more than the permits of all batchers; gone after a minute without work.
 */
final class BatchThreads {
    private static final Duration KEPT = Duration.ofMinutes(1);

    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            KEPT.toMillis(),
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("scoring-", 0).factory());

    private BatchThreads() {}

    /** Runs the work on another thread; on this one where the system has no more threads. */
    static void run(Runnable work) {
        try {
            THREADS.execute(work);
        } catch (OutOfMemoryError noThread) {
            work.run();
        }
    }
}
