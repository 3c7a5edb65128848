package dev.millrace.runtime;

import java.time.Instant;

/** Where the time comes from. Thread-safe. */
public interface Clock {
    /** Wall-clock milliseconds since 1970. */
    long millis();

    /** Monotonic nanoseconds from an arbitrary origin; only differences mean something. */
    long nanos();

    default Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    static Clock system() {
        return SystemClock.INSTANCE;
    }
}
