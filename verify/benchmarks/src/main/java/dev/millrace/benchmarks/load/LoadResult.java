package dev.millrace.benchmarks.load;

import org.HdrHistogram.Histogram;

/**
 * What one load run saw.
 *
 * @param seconds from the first intended start to the last answer
 * @param answered answers with status 200
 * @param degraded answers with status 200 that name a degradation
 * @param rejected answers with status 429
 * @param failed everything else: other statuses, broken connections, time-outs
 * @param latency of the answers with status 200, in microseconds from the intended start
 * @param rejectLatency of the answers with status 429, in microseconds from when the request was sent
 */
public record LoadResult(
        double seconds,
        long answered,
        long degraded,
        long rejected,
        long failed,
        Histogram latency,
        Histogram rejectLatency) {

    public double answeredPerSecond() {
        return answered / seconds;
    }

    /** Milliseconds within which the given percentage of the answers came. */
    public double latencyMillis(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1000.0;
    }
}
