package dev.millrace.runtime;

import java.time.Duration;

/** The moment by which an answer must be ready, by the JVM's monotonic clock. Immutable. */
public final class Deadline {
    private static final Deadline NONE = new Deadline(Long.MAX_VALUE, true);

    private final long atNanos;
    private final boolean none;

    private Deadline(long atNanos, boolean none) {
        this.atNanos = atNanos;
        this.none = none;
    }

    /** A deadline this long from now; zero or less is expired at once. */
    public static Deadline after(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos(), false);
    }

    /** A deadline that never comes. */
    public static Deadline none() {
        return NONE;
    }

    /** What is left, negative once expired; {@link Long#MAX_VALUE} without a deadline. */
    public long remainingNanos() {
        return none ? Long.MAX_VALUE : atNanos - System.nanoTime();
    }

    public boolean isExpired() {
        return remainingNanos() <= 0;
    }

    /** The earlier of this deadline and one this long from now. */
    public Deadline within(Duration time) {
        return remainingNanos() <= time.toNanos() ? this : after(time);
    }
}
