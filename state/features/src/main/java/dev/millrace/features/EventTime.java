package dev.millrace.features;

import java.time.Instant;

/** The time of events as the state keeps it: whole seconds since 1970 in an unsigned int. */
final class EventTime {
    private static final long MAX_SECONDS = 0xFFFF_FFFFL;

    private static final long MAX_MILLI_SECONDS = Long.MAX_VALUE / 1000 - 1;

    private EventTime() {}

    /** Times before 1970 and after 2106 are moved to the bound. */
    static long seconds(Instant time) {
        return Math.clamp(time.getEpochSecond(), 0, MAX_SECONDS);
    }

    /** Times that milliseconds cannot hold are moved to the bound. */
    static long millis(Instant time) {
        return Math.clamp(time.getEpochSecond(), -MAX_MILLI_SECONDS, MAX_MILLI_SECONDS) * 1000
                + time.getNano() / 1_000_000;
    }

    static long secondsOfMillis(long millis) {
        return Math.clamp(Math.floorDiv(millis, 1000L), 0, MAX_SECONDS);
    }
}
