package dev.millrace.server.http;

/** There is no capacity for this request now; it says when to come back. Carries no stack trace: refusing must be cheap. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long retryAfterMillis;

    /** More waits, for an answer or for a thread, than can be done in time. */
    public static OverloadedException ofWaiting(long retryAfterMillis) {
        return new OverloadedException("The server is too busy to answer in time", retryAfterMillis);
    }

    public OverloadedException(String message, long retryAfterMillis) {
        super(message, null, false, false);
        this.retryAfterMillis = retryAfterMillis;
    }

    public long retryAfterMillis() {
        return retryAfterMillis;
    }
}
