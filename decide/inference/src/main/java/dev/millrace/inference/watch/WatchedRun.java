package dev.millrace.inference.watch;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One run after another of whoever owns it, each with a deadline, after which the {@link RunWatch} ends it. Begun and ended by the
 * owner's thread.
 *
 * <p>Idea: the state is the deadline while a run is under way, nothing between two. The watch swings it before it raises the flag, the
 * owner when the run is over: who is first decides, and the owner waits until a flag that is being raised is up, to lower it.
 */
public final class WatchedRun implements AutoCloseable {
    private static final Object ENDING = new Object();
    private static final Object ENDED = new Object();

    private final OrtSession.RunOptions options = new OrtSession.RunOptions();
    private final AtomicReference<@Nullable Object> state = new AtomicReference<>();
    private final Consumer<WatchedRun> forget;

    WatchedRun(Consumer<WatchedRun> forget) throws OrtException {
        this.forget = forget;
    }

    /** What a run is to be given. */
    public OrtSession.RunOptions options() {
        return options;
    }

    /** A run begins. */
    public void begin(Deadline deadline) {
        state.set(deadline);
    }

    /**
     * The run is over, by itself or not; another may begin.
     *
     * @return whether it was told to end
     */
    public boolean end(Deadline deadline) {
        if (state.compareAndSet(deadline, null)) {
            return false;
        }
        while (state.get() != ENDED) {
            Thread.onSpinWait();
        }
        lowerFlag();
        state.set(null);
        return true;
    }

    private void lowerFlag() {
        try {
            options.setTerminate(false);
        } catch (OrtException e) {
            throw new MillraceException(
                    ErrorCode.INTERNAL, "a run that was ended cannot be followed by another: " + e.getMessage(), e);
        }
    }

    /** Of the watch's thread. */
    boolean endIfLate() throws OrtException {
        if (state.get() instanceof Deadline deadline && deadline.isExpired() && state.compareAndSet(deadline, ENDING)) {
            try {
                options.setTerminate(true);
            } finally {
                state.set(ENDED);
            }
            return true;
        }
        return false;
    }

    /** No run is under way. */
    @Override
    public void close() {
        forget.accept(this);
        options.close();
    }
}
