package dev.millrace.wire.operate;

import org.jspecify.annotations.Nullable;

/**
 * What the server holds and has done since it started.
 *
 * @param liveModel the version that answers now; null before the first
 * @param state {@code starting}, {@code ready}, {@code stuck} while an event waits for the store, or {@code draining}
 */
public record Stats(
        String version,
        String state,
        long items,
        long users,
        long events,
        Log log,
        @Nullable String liveModel,
        long uptimeMillis,
        Totals totals) {
    /**
     * The event log and how far the state follows it.
     *
     * @param lagMillis the age of the oldest event that is not applied yet; 0 when all are
     */
    public record Log(long begin, long end, long applied, long lagMillis) {}

    /** Counts since the start. */
    public record Totals(
            long requests, long errors, long rejected, long degraded, long eventsAccepted, long eventsDuplicate) {}
}
