package dev.millrace.server.ingest;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/**
 * Says that ingest cannot go on, and since when: at the first failure with its cause, and then once a minute. Owned by the ingest
 * agent; any thread may ask how long it lasts.
 */
final class Standstill {
    private static final Logger log = LoggerFactory.getLogger(Standstill.class);
    private static final long REPEAT_NANOS = Duration.ofMinutes(1).toNanos();

    private volatile boolean lasts;
    private volatile long sinceNanos;
    private long toldNanos = System.nanoTime() - REPEAT_NANOS;
    private boolean told;

    /** @param progress whether events were applied since the failure before */
    void failed(RuntimeException failure, boolean progress) {
        long now = System.nanoTime();
        if (!lasts || progress) {
            sinceNanos = now;
            lasts = true;
        }
        if (now - toldNanos < REPEAT_NANOS) {
            return;
        }
        toldNanos = now;
        if (told) {
            log.error("ingest stands still for {} ms: {}", millis(), failure.getMessage());
        } else {
            told = true;
            log.error("ingest stands still: {}", failure.getMessage(), failure);
        }
    }

    void ended() {
        if (lasts) {
            log.info("ingest goes on after {} ms", millis());
            lasts = false;
        }
    }

    /** For how long it lasts; 0 while ingest goes on. */
    long millis() {
        return lasts ? (System.nanoTime() - sinceNanos) / 1_000_000 : 0;
    }
}
