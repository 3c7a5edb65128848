package dev.millrace.storage.cold;

import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * How long something took, in nanoseconds. Percentiles and the longest are at most 1 % too high; all are 0 when nothing was
 * counted.
 */
public record Latencies(long count, long p50Nanos, long p99Nanos, long p999Nanos, long maxNanos) {
    private static final int DIGITS = 2;

    /** Takes durations of any length from any thread. */
    static ConcurrentHistogram histogram() {
        return new ConcurrentHistogram(DIGITS);
    }

    static Latencies of(ConcurrentHistogram counted) {
        AbstractHistogram seen = counted.copy();
        return new Latencies(
                seen.getTotalCount(),
                seen.getValueAtPercentile(50),
                seen.getValueAtPercentile(99),
                seen.getValueAtPercentile(99.9),
                seen.getMaxValue());
    }
}
