package dev.millrace.inference;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Deadline;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A bounded set of reused slots (thread-safe).
 *
 * <p>Slots are made on demand. The one given back last is lent first, since its buffers are still in the cache. Closing
 * waits until all are back, so that native memory is never freed under a running call.
 */
final class SlotPool<S extends AutoCloseable> implements AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private final ArrayDeque<S> idle;
    private final Supplier<S> maker;
    private final int limit;
    private int made;
    private boolean closed;

    SlotPool(int limit, Supplier<S> maker) {
        this.limit = limit;
        this.maker = maker;
        this.idle = new ArrayDeque<>(limit);
    }

    /**
     * Lends a slot; waits while all are lent.
     *
     * @throws MillraceException DEADLINE_EXCEEDED where none came back in time
     */
    S borrow(Deadline deadline) {
        boolean interrupted = false;
        lock.lock();
        try {
            while (!closed && idle.isEmpty() && made == limit) {
                try {
                    long ignored = returned.awaitNanos(remaining(deadline));
                } catch (InterruptedException e) {
                    interrupted = true; // which ends no waiting
                }
            }
            return take();
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long remaining(Deadline deadline) {
        long nanos = deadline.remainingNanos();
        if (nanos <= 0) {
            throw new MillraceException(
                    ErrorCode.DEADLINE_EXCEEDED,
                    "all " + limit + " calls that this model takes at once were under way until this one's time had"
                            + " passed; raise inference.slots, or send fewer at once");
        }
        return nanos;
    }

    /** Lends a slot, or refuses where all are lent. */
    S borrowNow() {
        lock.lock();
        try {
            if (!closed && idle.isEmpty() && made == limit) {
                throw new MillraceException(
                        ErrorCode.OVERLOADED,
                        "all " + limit + " calls that this model takes at once are under way; try again in a moment");
            }
            return take();
        } finally {
            lock.unlock();
        }
    }

    private S take() {
        if (closed) {
            throw new MillraceException(ErrorCode.UNAVAILABLE, "this model was closed; ask for the live model again");
        }
        S slot = idle.pollFirst();
        return slot == null ? make() : slot;
    }

    void giveBack(S slot) {
        lock.lock();
        try {
            idle.addFirst(slot);
            returned.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            returned.signalAll();
            while (idle.size() < made) {
                returned.awaitUninterruptibly();
            }
            for (S slot = idle.pollFirst(); slot != null; slot = idle.pollFirst()) {
                made--;
                closeQuietly(slot);
            }
        } finally {
            lock.unlock();
        }
    }

    private S make() {
        S slot = maker.get();
        made++;
        return slot;
    }

    private static void closeQuietly(AutoCloseable slot) {
        try {
            slot.close();
        } catch (Exception e) {
            throw new IllegalStateException("a slot's native memory could not be freed", e);
        }
    }
}
