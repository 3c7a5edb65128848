package dev.millrace.storage.cold;

import java.util.Map;

/**
 * What the cold tier did since it was opened.
 *
 * @param hits blocks that were in the cache
 * @param misses blocks that a read had to wait for, or was refused
 * @param fetches requests that were put to the store, footers included
 * @param bytesServed content given to readers
 * @param bytesFetched verified content that came from the store
 * @param bytesCached what the cache holds, room for fetches under way included
 * @param outcomes how the reads ended; every outcome has a count
 * @param reads how long reads took, waiting included
 * @param fetchTimes how long the store took
 * @param refusing whether the store is not asked at present
 * @param timesOpened how often the store was given up for a while
 * @param lastFailure what the newest fetch that failed said; empty when none did
 */
public record ColdReport(
        long hits,
        long misses,
        long fetches,
        long bytesServed,
        long bytesFetched,
        long bytesCached,
        Map<ColdRead, Long> outcomes,
        Latencies reads,
        Latencies fetchTimes,
        boolean refusing,
        long timesOpened,
        String lastFailure) {
    public ColdReport {
        outcomes = Map.copyOf(outcomes);
    }

    public long count(ColdRead outcome) {
        return outcomes.getOrDefault(outcome, 0L);
    }

    /** Reads that were answered with the default row. */
    public long degraded() {
        long all = outcomes.values().stream().mapToLong(Long::longValue).sum();
        return all - count(ColdRead.WHOLE);
    }
}
