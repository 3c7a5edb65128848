package dev.millrace.storage.segment;

import java.time.Duration;

/**
 * How the log writes.
 *
 * @param segmentBytes a segment ends when it has reached this
 * @param groupBytes the most that one group of records takes; twice this is held in memory
 * @param commitDelay how long the first record of a group waits for others while nobody waits for it
 * @param stallLimit how long a write waits for a disk that is full or slow before it fails
 */
public record StoreLogConfig(long segmentBytes, int groupBytes, Duration commitDelay, Duration stallLimit) {
    private static final int MIN_GROUP_BYTES = 64 << 10;

    public StoreLogConfig {
        if (segmentBytes < 2 * SegmentFormat.PAGE_BYTES || segmentBytes > SegmentFormat.MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException("segmentBytes " + segmentBytes + " must be "
                    + 2 * SegmentFormat.PAGE_BYTES + " to " + SegmentFormat.MAX_SEGMENT_BYTES);
        }
        if (groupBytes < MIN_GROUP_BYTES || groupBytes > SegmentFormat.MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException("groupBytes " + groupBytes + " must be " + MIN_GROUP_BYTES + " to "
                    + SegmentFormat.MAX_SEGMENT_BYTES);
        }
    }

    public static StoreLogConfig defaults() {
        return new StoreLogConfig(
                SegmentFormat.MAX_SEGMENT_BYTES, 8 << 20, Duration.ofMillis(1), Duration.ofSeconds(10));
    }

    /** The longest value that fits into a group and a segment. */
    public int maxValueBytes() {
        long room = Math.min(groupBytes, segmentBytes - SegmentFormat.HEADER_BYTES)
                - 2L * SegmentFormat.PAGE_BYTES
                - SegmentFormat.RECORD_HEADER_BYTES;
        return (int) Math.max(0, Math.min(SegmentFormat.MAX_VALUE_BYTES, room));
    }
}
