package dev.millrace.inference;

import dev.millrace.inference.batching.BatchWork;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;

import java.nio.ByteBuffer;

/**
 * One call of a {@link Ranker}: fill {@link #input}, {@link #run}, read {@link #output}, close (owned by whoever borrowed it,
 * reused after it is closed).
 */
public final class RankerCall extends BatchWork implements AutoCloseable {
    private final RankerBuffers buffers;
    private final Ranker ranker;
    private boolean lent;

    RankerCall(Ranker ranker, RankerBuffers buffers) {
        this.ranker = ranker;
        this.buffers = buffers;
    }

    RankerCall lend() {
        lent = true;
        return this;
    }

    RankerBuffers buffers() {
        return buffers;
    }

    /** The most rows that one call takes. */
    public int maxRows() {
        return buffers.maxRows();
    }

    /** The rows of input {@code port} of the signature, one after another in the machine's byte order; stale until written. */
    public ByteBuffer input(int port) {
        return requireLent().input(port);
    }

    /**
     * Scores the first {@code rows} rows, alone or together with other calls.
     *
     * @throws dev.millrace.model.MillraceException OVERLOADED, DEADLINE_EXCEEDED, UNAVAILABLE or INTERNAL
     */
    public void run(int rows, Priority priority, Deadline deadline) {
        int most = requireLent().maxRows();
        if (rows < 0 || rows > most) {
            throw new IllegalArgumentException(rows + " candidates; give 0 to " + most + " (inference.max-candidates)");
        }
        if (rows > 0) {
            ranker.run(this, rows, priority, deadline);
        }
    }

    /** The rows of output {@code port} of the signature; valid until the call is closed. */
    public ByteBuffer output(int port) {
        return requireLent().output(port);
    }

    /** Gives the buffers back. Closing twice does nothing. */
    @Override
    public void close() {
        if (lent) {
            lent = false;
            ranker.giveBack(this);
        }
    }

    private RankerBuffers requireLent() {
        if (!lent) {
            throw new IllegalStateException("this call was closed; borrow another");
        }
        return buffers;
    }
}
