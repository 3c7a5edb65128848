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
    /** Who needs whole snapshots. */
    public enum Need {
        /** Nobody: the log has everything. */
        NONE,
        /** The learner, so that its start reads less: the newest is enough. */
        FAST_START,
        /** Trainings and the learner, which cannot begin with the log's first event any more. */
        SHORTENED_LOG
    }

    /**
     * When whole snapshots are made. Where the log was shortened they are, whoever needs them, unless none are wanted.
     *
     * @param events after so many events; 0 for none; where the log is shortened sooner, if it holds less than twice as many
     */
    public record Whole(Need need, long events) {}

    /**
     * @param isShortened whether retention is to shorten the log
     * @param isLearntOnline whether a learner reads it
     */
    public static SnapshotConfig from(Configuration configuration, boolean isShortened, boolean isLearntOnline) {
        Need unshortened = isLearntOnline ? Need.FAST_START : Need.NONE;
        return new SnapshotConfig(
                configuration.wholeNumber("snapshot.events", 2_000_000, 1, Long.MAX_VALUE),
                configuration.duration(
                        "snapshot.every", Duration.ofHours(1), Duration.ofSeconds(1), Duration.ofDays(365)),
                configuration.integer("snapshot.keep", 2, 1, 100),
                new Whole(
                        isShortened ? Need.SHORTENED_LOG : unshortened,
                        configuration.wholeNumber("snapshot.whole-events", 10_000_000, 0, Long.MAX_VALUE)));
    }
}
