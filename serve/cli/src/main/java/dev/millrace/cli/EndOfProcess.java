package dev.millrace.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into an orderly end: the command hears of it, closes what it opened, and only then the
 * process goes. Thread-safe.
 */
final class EndOfProcess implements AutoCloseable {
    /** Longer than a server takes to drain and save; a process that hangs must still end. */
    private static final long LONGEST_SECONDS = 60;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::askAndWait, "end-of-process");

    EndOfProcess() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Waits until the process is asked to end. */
    void await() throws InterruptedException {
        asked.await();
    }

    /** Waits, but not longer than this; returns whether the process is asked to end. */
    boolean await(long millis) throws InterruptedException {
        return asked.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Everything is closed: the process may go. */
    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook is what waits for this call.
        }
    }

    private void askAndWait() {
        asked.countDown();
        try {
            if (!closed.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("millrace: closing took longer than " + LONGEST_SECONDS + " s; giving up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
