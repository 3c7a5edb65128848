package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.ManualClock;
import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Holds the breaker to when it opens, lets one try, and closes. */
class CircuitBreakerTest {
    private final ManualClock clock = new ManualClock();
    private final CircuitBreaker breaker = new CircuitBreaker(Duration.ofSeconds(1), Duration.ofSeconds(30), clock);

    @Test
    void record_fewerThanHalfBad_staysClosed() {
        for (int i = 0; i < 1_000; i++) {
            outcome(i % 5 != 2 && i % 5 != 4);
        }
        assertFalse(breaker.isRefusing());
    }

    @Test
    void record_halfOfTheNewestBad_opensWhateverWasBefore() {
        for (int i = 0; i < 1_000; i++) {
            outcome(true);
        }
        for (int i = 0; i < 15; i++) {
            outcome(false);
            assertFalse(breaker.isRefusing());
        }
        outcome(false);
        assertTrue(breaker.isRefusing());
        assertEquals(CircuitBreaker.REFUSED, breaker.permit());
    }

    @Test
    void record_tooFewToKnow_staysClosed() {
        for (int i = 0; i < 7; i++) {
            outcome(false);
        }
        assertFalse(breaker.isRefusing());
    }

    @Test
    void permit_afterThePause_letsOneTryAndDoublesThePause() {
        open();
        Duration pause = Duration.ofSeconds(1);
        for (int round = 0; round < 8; round++) {
            clock.advance(pause.minusNanos(1));
            assertTrue(breaker.isRefusing());
            clock.advance(Duration.ofNanos(1));
            long permit = breaker.permit();
            assertNotEquals(CircuitBreaker.REFUSED, permit);
            assertEquals(CircuitBreaker.REFUSED, breaker.permit(), "one at a time");
            breaker.record(permit, false);
            pause = round < 4 ? pause.multipliedBy(2) : Duration.ofSeconds(30);
        }
        clock.advance(pause);
        breaker.record(breaker.permit(), true);
        assertFalse(breaker.isRefusing());
        assertEquals(1, breaker.timesOpened());
        open();
        clock.advance(Duration.ofSeconds(1));
        assertFalse(breaker.isRefusing(), "the pause is short again");
    }

    @Test
    void record_outcomeOfAFetchFromBefore_doesNotCount() {
        long old = breaker.permit();
        open();
        clock.advance(Duration.ofSeconds(1));
        long attempt = breaker.permit();
        breaker.record(old, true);
        assertTrue(breaker.isRefusing(), "only the try decides");
        breaker.record(attempt, true);
        for (int i = 0; i < 20; i++) {
            breaker.record(old, false);
        }
        assertFalse(breaker.isRefusing());
    }

    private void open() {
        for (int i = 0; i < 8; i++) {
            outcome(false);
        }
        assertTrue(breaker.isRefusing());
    }

    private void outcome(boolean good) {
        breaker.record(breaker.permit(), good);
    }
}
