package dev.millrace.server.hold;

import dev.millrace.runtime.Configuration;

import java.time.Duration;

/**
 * When the state is saved: for a faster restart only, and at the end. It takes some of the ingest thread's time.
 *
 * @param events after so many events
 * @param every after so much time, where there was any event
 * @param keep how many are kept
 * @param whole when one with the rows is made of it
 */
public record SnapshotConfig(long events, Duration every, int keep, Whole whole) {
    /** What the settings tell of who reads the log to learn from it. */
    public enum Learning {
        /** Nobody, or whoever is asked to by hand. */
        NONE,
        /** Trainings of rankers, and no learner. */
        TRAININGS,
        /** The learner, be there trainings or not. */
        ONLINE
    }

    /**
     * When whole snapshots are made.
     *
     * @param isShortened whether retention is to shorten the log
     * @param events after so many events; 0 for none; where the log is shortened sooner, if it holds less than twice as many
     */
    public record Whole(boolean isShortened, Learning learning, long events) {}

    /** @param isShortened whether retention is to shorten the log */
    public static SnapshotConfig from(Configuration configuration, boolean isShortened, Learning learning) {
        return new SnapshotConfig(
                configuration.wholeNumber("snapshot.events", 2_000_000, 1, Long.MAX_VALUE),
                configuration.duration(
                        "snapshot.every", Duration.ofHours(1), Duration.ofSeconds(1), Duration.ofDays(365)),
                configuration.integer("snapshot.keep", 2, 1, 100),
                new Whole(
                        isShortened,
                        learning,
                        configuration.wholeNumber("snapshot.whole-events", 10_000_000, 0, Long.MAX_VALUE)));
    }
}
