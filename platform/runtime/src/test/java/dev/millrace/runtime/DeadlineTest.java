package dev.millrace.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class DeadlineTest {
    private final FakeClock clock = new FakeClock();

    @Test
    void deadline_whenItsTimePasses_expires() {
        Deadline deadline = Deadline.after(Duration.ofMillis(10), clock);
        clock.advanceMillis(9);
        assertFalse(deadline.isExpired());
        assertEquals(1_000_000, deadline.remainingNanos());
        clock.advanceMillis(1);
        assertTrue(deadline.isExpired());
        clock.advanceMillis(1);
        assertEquals(-1_000_000, deadline.remainingNanos());
    }

    @Test
    void within_isTheEarlierOfBoth() {
        Deadline deadline = Deadline.after(Duration.ofMillis(10), clock);
        assertSame(deadline, deadline.within(Duration.ofMillis(11)));
        assertEquals(4_000_000, deadline.within(Duration.ofMillis(4)).remainingNanos());
    }

    @Test
    void none_neverExpiresAndGivesWayToAny() {
        assertFalse(Deadline.none().isExpired());
        assertEquals(Long.MAX_VALUE, Deadline.none().remainingNanos());
        assertTrue(Deadline.none().within(Duration.ofSeconds(1)).remainingNanos() <= 1_000_000_000);
    }

    @Test
    void after_longerThanNanosecondsCount_isFarAwayAndNotInThePast() {
        assertFalse(Deadline.after(Duration.ofSeconds(Long.MAX_VALUE)).isExpired());
    }
}
