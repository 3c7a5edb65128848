package dev.millrace.audience;

import dev.millrace.audience.world.Reaction;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures the time from an event's acknowledgement to an answer that reflects it. Thread-safe.
 *
 * <p>Now and then, when a person has clicked on an item: a dry run shows that the item would still be recommended; then
 * the click is sent; from its acknowledgement on, dry runs are repeated until one comes without the item. The time to
 * the end of that answer counts, so it holds one whole recommendation request at least.
 */
final class FreshnessProbe {
    static final Duration INTERVAL = Duration.ofMillis(250);
    private static final long LONGEST_NANOS = Duration.ofSeconds(5).toNanos();

    private final PublicApi api;
    private final Measurements measurements;
    private final int slate;
    private final long intervalNanos;
    private final AtomicLong next;

    FreshnessProbe(PublicApi api, Measurements measurements, int slate, Duration interval) {
        this.api = api;
        this.measurements = measurements;
        this.slate = slate;
        intervalNanos = interval.toNanos();
        next = new AtomicLong(System.nanoTime() + intervalNanos);
    }

    /** Sends the events of a slate, and measures with its first reaction when a measurement is due. */
    void send(String person, Reaction reaction, List<EventBody> events) {
        String item = reaction.work().id();
        boolean measure = reaction.kind() == Reaction.Kind.CLICK && isDue() && isRecommended(person, item);
        api.events(events);
        if (measure) {
            awaitAbsence(person, item);
        }
    }

    private boolean isDue() {
        long due = next.get();
        long now = System.nanoTime();
        return now - due >= 0 && next.compareAndSet(due, now + intervalNanos);
    }

    private void awaitAbsence(String person, String item) {
        long acknowledged = System.nanoTime();
        while (isRecommended(person, item)) {
            if (System.nanoTime() - acknowledged > LONGEST_NANOS) {
                measurements.error();
                break;
            }
        }
        measurements.freshness(System.nanoTime() - acknowledged);
    }

    private boolean isRecommended(String person, String item) {
        RecommendResponse answer = api.recommend(
                RecommendRequest.of(person, Arm.MODEL.scenario(), slate).dry());
        return answer.items().stream().anyMatch(ranked -> ranked.item().equals(item));
    }
}
