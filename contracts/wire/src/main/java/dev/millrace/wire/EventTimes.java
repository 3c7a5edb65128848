package dev.millrace.wire;

import dev.millrace.model.InvalidValueException;

import java.time.Duration;
import java.time.Instant;

/** When events may have happened, however they come in. Stateless. */
public final class EventTimes {
    /** Clocks differ; what lies further ahead would make every decayed count of today look old. */
    private static final Duration FUTURE = Duration.ofHours(24);

    private EventTimes() {}

    /** @throws InvalidValueException for a time more than a day ahead */
    public static void requirePast(Instant timestamp, Instant now) {
        if (timestamp.isAfter(now.plus(FUTURE))) {
            throw new InvalidValueException(
                    "timestamp", timestamp + " lies more than a day ahead; give the time at which it happened");
        }
    }
}
