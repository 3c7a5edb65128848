package dev.millrace.eventlog;

import java.time.Duration;

/** How far the log of this process is on disk. Thread-safe; moved by the writing thread. */
final class DurableEnd implements LogEnd {
    private volatile long end;
    private boolean closed;

    @Override
    public long end() {
        return end;
    }

    synchronized void advance(long to) {
        end = to;
        notifyAll();
    }

    /** Nothing will come any more: those who wait need not. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    @Override
    public synchronized boolean awaitBeyond(long offset, Duration timeout) throws InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        while (end <= offset && !closed) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
        return end > offset;
    }
}
