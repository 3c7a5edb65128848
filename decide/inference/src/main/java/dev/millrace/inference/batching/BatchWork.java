package dev.millrace.inference.batching;

import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One caller's rows on their way through the {@link AdaptiveBatcher}; reused call after call (owned by its caller, and
 * changed by the batcher under its lock).
 */
public abstract class BatchWork {
    /** Where a call stands. */
    enum State {
        IDLE,
        WAITING,
        /** In a batch that is being run. */
        RIDING,
        DONE,
        EXPIRED,
        FAILED
    }

    volatile State state = State.IDLE;
    int rows;
    Priority priority = Priority.INTERACTIVE;
    Deadline deadline = Deadline.none();

    private @Nullable Thread caller;

    @Nullable
    Throwable failure;
    /** This call as a batch of its own; kept, so that running alone allocates nothing. */
    final List<BatchWork> alone = new ArrayList<>(1);

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
        if (alone.isEmpty()) {
            alone.add(this);
        }
    }

    final void end() {
        caller = null;
        state = State.IDLE;
    }

    /** The thread that waits for this call, from {@link #begin} to {@link #end}. */
    final Thread caller() {
        return Objects.requireNonNull(caller);
    }
}
