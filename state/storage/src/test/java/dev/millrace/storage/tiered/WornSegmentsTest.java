package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.Segments;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

class WornSegmentsTest {
    private final Segments segments = new Segments(Path.of("store"));

    @Test
    void untilShare_aStoreAboveItsShare_choosesWhatIsWhollyDeadOnly() {
        Segment dead = segment(1, 0);
        segment(2, 40);
        segment(3, 90);
        segment(4, 100);
        assertEquals(List.of(dead), worn());
    }

    @Test
    void untilShare_aStoreBelowItsShare_choosesTheEmptiestUntilItIsReached() {
        segment(1, 45);
        Segment emptiest = segment(2, 10);
        Segment next = segment(3, 20);
        segment(4, 48);
        // 123 of 400 live; without 90 and 80 that are stale, 123 of 230.
        assertEquals(List.of(emptiest, next), worn());
    }

    @Test
    void untilShare_ofWhatMayStayStale_leavesAsMuchAlone() {
        segment(1, 45);
        Segment emptiest = segment(2, 10);
        segment(3, 20);
        segment(4, 48);
        Segment empty = segment(5, 0);
        // 3,770 bytes are stale, 1,870 without the two that are emptiest.
        assertEquals(List.of(empty, emptiest), new WornSegments(segments, 0.5, 1_900).untilShare(segments.all()));
        assertEquals(List.of(empty), new WornSegments(segments, 0.5, 4_000).untilShare(segments.all()));
    }

    @Test
    void untilShare_allButTheOneThatIsWritten_leavesThatAlone() {
        Segment other = segment(1, 90);
        segment(2, 5);
        assertTrue(new WornSegments(segments, 0.5, 0).untilShare(List.of(other)).isEmpty());
    }

    @Test
    void belowShare_ofAnyStore_choosesEachThatIsBelow() {
        Segment half = segment(1, 49);
        segment(2, 90);
        segment(3, 100);
        assertEquals(List.of(half), new WornSegments(segments, 0.5, 0).belowShare(segments.all()));
    }

    private List<Segment> worn() {
        return new WornSegments(segments, 0.5, 0).untilShare(segments.all());
    }

    private Segment segment(long number, long live) {
        Segment segment = segments.adopt(number, SegmentKind.LOG);
        segment.count(100);
        segment.setWritten(1_000);
        segment.setLive(live);
        return segment;
    }
}
