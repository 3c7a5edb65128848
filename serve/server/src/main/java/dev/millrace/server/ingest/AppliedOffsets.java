package dev.millrace.server.ingest;

import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.PriorityBlockingQueue;

/** How far the state follows the log, and who waits for it. Advanced by the ingest agent; any thread may wait. */
public final class AppliedOffsets {
    private final PriorityBlockingQueue<Waiter> waiters =
            new PriorityBlockingQueue<>(16, Comparator.comparingLong(Waiter::offset));
    private volatile long applied;

    private record Waiter(long offset, CompletableFuture<Void> reached) {}

    public AppliedOffsets(long applied) {
        this.applied = applied;
    }

    /** The offset after the last applied event. */
    public long applied() {
        return applied;
    }

    /** Completes once every event below the offset is applied. */
    public CompletableFuture<Void> reached(long offset) {
        if (applied >= offset) {
            return CompletableFuture.completedFuture(null);
        }
        Waiter waiter = new Waiter(offset, new CompletableFuture<>());
        waiters.add(waiter);
        // The agent may have passed between the check and the addition.
        if (applied >= offset && waiters.remove(waiter)) {
            waiter.reached().complete(null);
        }
        return waiter.reached();
    }

    void advance(long newApplied) {
        applied = newApplied;
        for (Waiter first = waiters.peek(); first != null && first.offset() <= newApplied; first = waiters.peek()) {
            if (waiters.remove(first)) {
                first.reached().completeAsync(() -> null);
            }
        }
    }
}
