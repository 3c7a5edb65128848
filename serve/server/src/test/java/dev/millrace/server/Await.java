package dev.millrace.server;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Waits for what happens soon. Stateless. */
final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS = 2_000_000;

    private Await() {}

    /** Looks again and again until what it sees is as wanted. */
    static <T> T until(Callable<T> look, Predicate<T> wanted) throws Exception {
        long began = System.nanoTime();
        T seen = look.call();
        while (!wanted.test(seen)) {
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                throw new AssertionError("after " + LIMIT + " still " + seen);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            seen = look.call();
        }
        return seen;
    }
}
