package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Appends on their way to the writing thread, which takes them in groups that share one disk write. Thread-safe. */
final class CommitQueue {
    /** A group this large is written without waiting for more: the disk then works at its full speed. */
    private static final long FULL_GROUP_BYTES = 1 << 20;

    /** A group ends beyond this size, so that its first append does not wait for seconds of others. */
    private static final long MAX_GROUP_BYTES = 8 << 20;

    private final long delayNanos;
    private final long maxPendingBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<PendingAppend> pending = new ArrayDeque<>();

    /** Of what waits and of the group being written. */
    private long bytes;

    private @Nullable MillraceException refusal;

    CommitQueue(Duration delay, long maxPendingBytes) {
        this.delayNanos = delay.toNanos();
        this.maxPendingBytes = maxPendingBytes;
    }

    /** Takes an append, or fails it when there is no room or the queue is closed. */
    void offer(PendingAppend append) {
        MillraceException failure;
        lock.lock();
        try {
            failure = failureFor(append);
            if (failure == null) {
                pending.add(append);
                bytes += append.totalBytes();
                if (pending.size() == 1 || bytes >= FULL_GROUP_BYTES) {
                    changed.signal();
                }
            }
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            append.fail(failure);
        }
    }

    /**
     * Waits for appends and, for a bounded time, for others to join them.
     *
     * @return the group; empty when none came in time or, for ever, once the queue is closed and drained
     */
    List<PendingAppend> takeGroup(Duration limit) throws InterruptedException {
        List<PendingAppend> group = new ArrayList<>();
        lock.lock();
        try {
            awaitFirst(limit.toNanos());
            awaitCompany();
            long groupBytes = 0;
            while (!pending.isEmpty() && (group.isEmpty() || groupBytes < MAX_GROUP_BYTES)) {
                PendingAppend next = pending.remove();
                groupBytes += next.totalBytes();
                group.add(next);
            }
        } finally {
            lock.unlock();
        }
        return group;
    }

    /** Frees the room of a group that was taken. */
    void release(List<PendingAppend> group) {
        lock.lock();
        try {
            for (PendingAppend append : group) {
                bytes -= append.totalBytes();
            }
        } finally {
            lock.unlock();
        }
    }

    /** From now on every offer fails like this; what waits already is still given out. */
    void refuse(MillraceException why) {
        lock.lock();
        try {
            if (refusal == null) {
                refusal = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isDrained() {
        lock.lock();
        try {
            return refusal != null && pending.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable MillraceException failureFor(PendingAppend append) {
        if (refusal != null) {
            return refusal;
        }
        if (bytes > 0 && bytes + append.totalBytes() > maxPendingBytes) {
            return new MillraceException(
                    ErrorCode.OVERLOADED,
                    bytes + " bytes of events wait for the disk already, the limit is " + maxPendingBytes
                            + " (log.max-pending-bytes). Send the events again later");
        }
        return null;
    }

    private void awaitFirst(long nanos) throws InterruptedException {
        long left = nanos;
        while (pending.isEmpty() && refusal == null && left > 0) {
            left = changed.awaitNanos(left);
        }
    }

    private void awaitCompany() throws InterruptedException {
        PendingAppend first = pending.peek();
        if (first == null) {
            return;
        }
        long left = first.arrivedNanos() + delayNanos - System.nanoTime();
        while (left > 0 && bytes < FULL_GROUP_BYTES && refusal == null) {
            left = changed.awaitNanos(left);
        }
    }
}
