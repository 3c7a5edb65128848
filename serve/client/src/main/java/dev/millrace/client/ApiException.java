package dev.millrace.client;

import dev.millrace.wire.Problem;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** An answer that is not a success, or no answer at all (status 0). */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient @Nullable Problem problem;
    private final @Nullable Duration retryAfter;

    ApiException(int status, String message, @Nullable Problem problem, @Nullable Duration retryAfter) {
        super(message);
        this.status = status;
        this.problem = problem;
        this.retryAfter = retryAfter;
    }

    ApiException(String message, Throwable cause) {
        super(message, cause);
        this.status = 0;
        this.problem = null;
        this.retryAfter = null;
    }

    /** The HTTP status; 0 when no answer came. */
    public int status() {
        return status;
    }

    /** What the server said; null where the body was not a problem. */
    public @Nullable Problem problem() {
        return problem;
    }

    /** How long the server asked to wait; null where it did not ask. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    boolean isTransient() {
        return status == 429 || status == 503;
    }
}
