package dev.millrace.inference.batching;

import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * One caller's rows on their way through the {@link AdaptiveBatcher}; reused call after call (owned by its caller, and
 * changed by the batcher under its lock).
 */
public abstract class BatchWork {
    /** Where a call stands. */
    enum State {
        IDLE,
        WAITING,
        /** In a batch that another caller's thread runs. */
        RIDING,
        /** Its own thread is to run the batch. */
        LEADING,
        DONE,
        EXPIRED,
        FAILED
    }

    volatile State state = State.IDLE;
    int rows;
    Priority priority = Priority.INTERACTIVE;
    Deadline deadline = Deadline.none();

    @Nullable
    Thread caller;

    @Nullable
    Throwable failure;
    /** Whom this call runs for when it leads: itself first. Kept, so that leading allocates nothing. */
    final List<BatchWork> batch = new ArrayList<>();

    /** How many rows this call brings. */
    public final int rows() {
        return rows;
    }

    final void begin(int count, Priority tier, Deadline until) {
        rows = count;
        priority = tier;
        deadline = until;
        caller = Thread.currentThread();
        failure = null;
        state = State.IDLE;
    }

    final void end() {
        caller = null;
        batch.clear();
        state = State.IDLE;
    }
}
