package dev.millrace.server.http;

/** There is no capacity for this request now; it says when to come back. Carries no stack trace: refusing must be cheap. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long retryAfterMillis;

    /** More wait for an answer than can be given one in time. */
    public static OverloadedException ofWaiting(long retryAfterMillis) {
        return new OverloadedException("More requests wait than can be answered in time", retryAfterMillis);
    }

    public OverloadedException(String message, long retryAfterMillis) {
        super(message, null, false, false);
        this.retryAfterMillis = retryAfterMillis;
    }

    public long retryAfterMillis() {
        return retryAfterMillis;
    }
}
