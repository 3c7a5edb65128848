package dev.millrace.audience;

/**
 * How an audience fares at this moment.
 *
 * @param refused calls that were refused for lack of capacity
 * @param clickRate of the last half minute
 * @param modelVersion empty before a model is live
 * @param p99Millis of all requests so far; 0 before the first
 */
public record Glance(
        long seconds,
        long requests,
        long errors,
        long refused,
        long degraded,
        ClickRates clickRate,
        String modelVersion,
        double p99Millis) {
    private static final int RECENT_SECONDS = 30;

    static Glance of(Measurements measurements) {
        int now = (int) Math.min(Integer.MAX_VALUE, measurements.elapsedSeconds() + 1);
        return new Glance(
                measurements.elapsedSeconds(),
                measurements.requests(),
                measurements.errors(),
                measurements.refused(),
                measurements.degraded(),
                ClickRates.of(measurements.ledger(), now - RECENT_SECONDS, now),
                measurements.modelVersion(),
                measurements.latencyMicros().getValueAtPercentile(99) / 1e3);
    }
}
