package dev.millrace.storage.cold;

import org.HdrHistogram.ConcurrentHistogram;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the cold tier does. Thread-safe. */
final class ColdCounters {
    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
    final LongAdder fetches = new LongAdder();
    final LongAdder bytesServed = new LongAdder();
    final LongAdder bytesFetched = new LongAdder();
    final ConcurrentHistogram reads = Latencies.histogram();
    final ConcurrentHistogram fetchTimes = Latencies.histogram();

    private volatile String lastFailure = "";
    private final LongAdder[] outcomes = new LongAdder[ColdRead.values().length];

    ColdCounters() {
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = new LongAdder();
        }
    }

    void readEnded(ColdRead outcome, long bytes, long nanos) {
        outcomes[outcome.ordinal()].increment();
        reads.recordValue(Math.max(0, nanos));
        if (outcome.isWhole()) {
            bytesServed.add(bytes);
        }
    }

    void lastFailure(Exception e) {
        lastFailure = e.toString();
    }

    ColdReport report(long bytesCached, CircuitBreaker breaker) {
        Map<ColdRead, Long> counts = new EnumMap<>(ColdRead.class);
        for (ColdRead outcome : ColdRead.values()) {
            counts.put(outcome, outcomes[outcome.ordinal()].sum());
        }
        return new ColdReport(
                hits.sum(),
                misses.sum(),
                fetches.sum(),
                bytesServed.sum(),
                bytesFetched.sum(),
                bytesCached,
                counts,
                Latencies.of(reads),
                Latencies.of(fetchTimes),
                breaker.isRefusing(),
                breaker.timesOpened(),
                lastFailure);
    }
}
