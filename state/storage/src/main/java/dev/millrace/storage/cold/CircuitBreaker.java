package dev.millrace.storage.cold;

import dev.millrace.runtime.Clock;

import java.time.Duration;

/**
 * Decides whether the cold store is asked at all. Closed, it lets every fetch pass and looks at the newest outcomes; when
 * half of them were bad, it opens and lets none pass. After a pause one fetch may try: a good outcome closes the breaker, a
 * bad one doubles the pause. (Nygard, Release It!, 2007.) Thread-safe.
 */
final class CircuitBreaker {
    /** What {@link #permit()} gives when the store is not to be asked. */
    static final long REFUSED = -1;

    private static final int WINDOW = 32;
    private static final int ENOUGH = 8;

    private final Clock clock;
    private final long firstPauseNanos;
    private final long longestPauseNanos;

    /** The newest outcomes, one bit each, the newest lowest; set: bad. */
    private int outcomes;

    private int known;
    private boolean open;
    private boolean trying;
    private long opened;
    private long pauseNanos;
    private long pausedUntil;

    /** Grows with each change of state, so that an outcome of a fetch from before does not count. */
    private long epoch;

    CircuitBreaker(Duration firstPause, Duration longestPause, Clock clock) {
        this.clock = clock;
        this.firstPauseNanos = firstPause.toNanos();
        this.longestPauseNanos = longestPause.toNanos();
        this.pauseNanos = firstPauseNanos;
    }

    /** Whether a fetch would be refused now. */
    synchronized boolean isRefusing() {
        return open && (trying || clock.nanos() - pausedUntil < 0);
    }

    /** @return {@link #REFUSED}, or what {@link #record} wants with the outcome, which must follow */
    synchronized long permit() {
        if (isRefusing()) {
            return REFUSED;
        }
        trying = open;
        return epoch;
    }

    synchronized void record(long permit, boolean good) {
        if (permit != epoch) {
            return;
        }
        if (open) {
            endTry(good);
            return;
        }
        outcomes = (outcomes << 1) | (good ? 0 : 1);
        known = Math.min(known + 1, WINDOW);
        int bad = Integer.bitCount(known == WINDOW ? outcomes : outcomes & ((1 << known) - 1));
        if (known >= ENOUGH && 2 * bad >= known) {
            pauseNanos = firstPauseNanos;
            open();
        }
    }

    /** How often it opened, tries that failed not counted. */
    synchronized long timesOpened() {
        return opened;
    }

    private void open() {
        open = true;
        opened++;
        epoch++;
        pausedUntil = clock.nanos() + pauseNanos;
    }

    private void endTry(boolean good) {
        trying = false;
        epoch++;
        if (good) {
            open = false;
            outcomes = 0;
            known = 0;
        } else {
            pauseNanos = Math.min(2 * pauseNanos, longestPauseNanos);
            pausedUntil = clock.nanos() + pauseNanos;
        }
    }
}
