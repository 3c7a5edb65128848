package dev.millrace.training;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How another thread asks a training run to write a checkpoint and end. Thread-safe. */
public final class StopSignal {
    private volatile boolean requested;
    private final CountDownLatch ended = new CountDownLatch(1);

    public void request() {
        requested = true;
    }

    public boolean isRequested() {
        return requested;
    }

    /** Called by the run when its last file is written. */
    void markEnded() {
        ended.countDown();
    }

    /** Waits until the run has written its checkpoint; returns whether it did so in time. */
    boolean awaitEnd(long seconds) throws InterruptedException {
        return ended.await(seconds, TimeUnit.SECONDS);
    }
}
