package dev.millrace.runtime;

import java.time.Duration;

/** The moment by which an answer must be ready. Immutable. */
public final class Deadline {
    private static final Deadline NONE = new Deadline(Clock.system(), 0, true);

    private final Clock clock;
    private final long atNanos;
    private final boolean unbounded;

    private Deadline(Clock clock, long atNanos, boolean unbounded) {
        this.clock = clock;
        this.atNanos = atNanos;
        this.unbounded = unbounded;
    }

    /** A deadline that never passes. */
    public static Deadline none() {
        return NONE;
    }

    public static Deadline after(Duration duration) {
        return after(duration, Clock.system());
    }

    public static Deadline after(Duration duration, Clock clock) {
        return afterNanos(nanos(duration), clock);
    }

    public static Deadline afterNanos(long nanos, Clock clock) {
        return new Deadline(clock, clock.nanos() + nanos, false);
    }

    /** The time left: negative once expired, {@link Long#MAX_VALUE} without a deadline. */
    public long remainingNanos() {
        return unbounded ? Long.MAX_VALUE : atNanos - clock.nanos();
    }

    public boolean isExpired() {
        return remainingNanos() <= 0;
    }

    /** The earlier of this deadline and the given time from now. */
    public Deadline within(Duration duration) {
        return withinNanos(nanos(duration));
    }

    /** The earlier of this deadline and the given time from now. */
    public Deadline withinNanos(long nanos) {
        return nanos < remainingNanos() ? afterNanos(nanos, clock) : this;
    }

    @Override
    public String toString() {
        return unbounded ? "no deadline" : remainingNanos() / 1000 + " µs left";
    }

    /** Longer than a century counts as a century, so that adding it to a clock cannot overflow. */
    private static long nanos(Duration duration) {
        long centurySeconds = 36_525L * 86_400;
        return duration.toSeconds() >= centurySeconds ? centurySeconds * 1_000_000_000L : duration.toNanos();
    }
}
