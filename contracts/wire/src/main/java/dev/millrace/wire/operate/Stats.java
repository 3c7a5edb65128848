package dev.millrace.wire.operate;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What the server holds and has done since it started.
 *
 * @param liveModel the version that answers now; null before the first
 * @param state {@code starting}, {@code ready}, {@code stuck} while an event waits for the store, or {@code draining}
 * @param storeDamage what of the store was found to be damaged since the start; null while nothing was
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
        Totals totals,
        @Nullable StoreDamage storeDamage) {
    /**
     * The event log and how far the state follows it.
     *
     * @param lagMillis the age of the oldest event that is not applied yet; 0 when all are
     */
    public record Log(long begin, long end, long applied, long lagMillis) {}

    /**
     * Bytes of the store that are not what was written.
     *
     * @param found a sentence for each file
     * @param remedy what the operator has to do
     */
    public record StoreDamage(List<String> found, String remedy) {
        public StoreDamage {
            found = List.copyOf(found);
        }
    }

    /** Counts since the start. */
    public record Totals(
            long requests, long errors, long rejected, long degraded, long eventsAccepted, long eventsDuplicate) {}
}
