package dev.millrace.eventlog;

import dev.millrace.runtime.Configuration;

import java.time.Duration;

/**
 * The limits of an event log.
 *
 * @param segmentBytes size at which a new segment file begins
 * @param commitDelay how long the first waiting event may wait for others to share its disk write
 * @param windowEvents how many of the newest events are remembered by id to recognise repetitions
 * @param maxEventBytes largest stored event
 * @param maxPendingBytes how much may wait for the disk before appends are turned away
 * @param retentionBytes size beyond which the oldest segments are deleted; {@link Long#MAX_VALUE} keeps all
 * @param retentionAge age beyond which segments are deleted; {@link #KEEP_FOREVER} keeps all
 */
public record EventLogConfig(
        long segmentBytes,
        Duration commitDelay,
        int windowEvents,
        int maxEventBytes,
        long maxPendingBytes,
        long retentionBytes,
        Duration retentionAge) {
    public static final Duration KEEP_FOREVER = Duration.ofDays(36_500);

    /** No stored event is larger, whatever is configured. */
    static final int MAX_EVENT_BYTES = 16 << 20;

    /** Bounds that {@link #from} holds for its keys; a record made in code is held to them as well. */
    public EventLogConfig {
        require(segmentBytes >= 4096 && segmentBytes <= 1L << 30, "segmentBytes", segmentBytes);
        require(!commitDelay.isNegative() && commitDelay.toMillis() <= 1000, "commitDelay", commitDelay);
        require(windowEvents >= 1 && windowEvents <= 1 << 28, "windowEvents", windowEvents);
        require(maxEventBytes >= 64 && maxEventBytes <= MAX_EVENT_BYTES, "maxEventBytes", maxEventBytes);
        require(maxPendingBytes >= maxEventBytes, "maxPendingBytes", maxPendingBytes);
        require(retentionBytes >= segmentBytes, "retentionBytes", retentionBytes);
        require(!retentionAge.isNegative() && !retentionAge.isZero(), "retentionAge", retentionAge);
    }

    public static EventLogConfig defaults() {
        return from(Configuration.empty());
    }

    public static EventLogConfig from(Configuration configuration) {
        return new EventLogConfig(
                configuration.bytes("log.segment-bytes", 64 << 20, 4096, 1 << 30),
                configuration.duration("log.commit-delay", Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(1)),
                configuration.integer("log.window-events", 4 << 20, 1, 1 << 28),
                (int) configuration.bytes("log.max-event-bytes", 1 << 20, 64, MAX_EVENT_BYTES),
                configuration.bytes("log.max-pending-bytes", 64 << 20, 16 << 20, 1L << 34),
                configuration.bytes("log.retention-bytes", Long.MAX_VALUE, 1 << 20, Long.MAX_VALUE),
                configuration.duration("log.retention-age", KEEP_FOREVER, Duration.ofMinutes(1), KEEP_FOREVER));
    }

    /** Whether old segments are to be deleted. */
    public boolean isShortened() {
        return retentionBytes != Long.MAX_VALUE || !retentionAge.equals(KEEP_FOREVER);
    }

    private static void require(boolean holds, String name, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " " + value + " is out of bounds");
        }
    }
}
