package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.Segments;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Chooses the segments that are packed. Owned by one thread.
 *
 * <p>Idea: what packing costs is the rows that are still alive, what it gains is the others. So the emptiest segments go first,
 * and only as many as bring the whole store to its share of live records: a segment that has just fallen below the share is
 * left to grow emptier while others are. With rows overwritten at random and a share of one half, a segment is packed when about
 * a fifth of it is alive: a quarter of a row is copied for each row written, where packing each segment at one half would copy a
 * whole one. In a store of a few segments all of them are about as worn, and none is ever that empty; so some stale bytes are left alone,
 * whatever their share.
 *
 * <p>Source: Rosenblum and Ousterhout, The design and implementation of a log-structured file system, SOSP 1991, section 3.
 */
final class WornSegments {
    private final Segments segments;
    private final double share;
    private final long spareBytes;

    /**
     * @param share of all records that should be wanted
     * @param spareBytes how much may be stale, whatever its share
     */
    WornSegments(Segments segments, double share, long spareBytes) {
        this.segments = segments;
        this.share = share;
        this.spareBytes = spareBytes;
    }

    /** All segments whose own share is below: what gives the most room, now, whatever it costs. */
    List<Segment> belowShare(List<Segment> sealed) {
        return sealed.stream()
                .filter(segment -> !segment.isLeftAlone() && (isEmpty(segment) || wantedShare(segment) < share))
                .toList();
    }

    /** The emptiest segments, until the whole store has the share or no more that is stale than is spared. */
    List<Segment> untilShare(List<Segment> sealed) {
        long records = 0;
        long wanted = 0;
        double stale = 0;
        for (Segment segment : segments.all()) {
            if (!segment.isRetired() && !segment.isLeftAlone()) {
                records += segment.records();
                wanted += segments.wanted(segment);
                stale += staleBytes(segment);
            }
        }
        List<Segment> emptiestFirst = new ArrayList<>(sealed);
        emptiestFirst.sort(Comparator.comparingDouble(this::wantedShare));
        List<Segment> worn = new ArrayList<>();
        for (Segment segment : emptiestFirst) {
            boolean worth = wantedShare(segment) < share && wanted < share * records && stale > spareBytes;
            if (!segment.isLeftAlone() && (isEmpty(segment) || worth)) {
                worn.add(segment);
                records -= segment.records() - segments.wanted(segment);
                stale -= staleBytes(segment);
            }
        }
        return worn;
    }

    private boolean isEmpty(Segment segment) {
        return segments.wanted(segment) <= 0;
    }

    private double staleBytes(Segment segment) {
        return segment.written() * (1 - wantedShare(segment));
    }

    private double wantedShare(Segment segment) {
        return segment.records() == 0 ? 0 : (double) segments.wanted(segment) / segment.records();
    }
}
