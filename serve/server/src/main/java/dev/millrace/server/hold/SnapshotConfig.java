package dev.millrace.server.hold;

import dev.millrace.runtime.Configuration;

import java.time.Duration;

/**
 * When the state is saved: for a faster restart only, and at the end. It takes some of the ingest thread's time.
 *
 * @param events after so many events
 * @param every after so much time, where there was any event
 * @param keep how many are kept
 */
public record SnapshotConfig(long events, Duration every, int keep) {
    public static SnapshotConfig from(Configuration configuration) {
        return new SnapshotConfig(
                configuration.wholeNumber("snapshot.events", 2_000_000, 1, Long.MAX_VALUE),
                configuration.duration(
                        "snapshot.every", Duration.ofHours(1), Duration.ofSeconds(1), Duration.ofDays(365)),
                configuration.integer("snapshot.keep", 2, 1, 100));
    }
}
