package dev.millrace.wire.operate;

import dev.millrace.wire.Given;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The last minutes in buckets of equal length, oldest first. */
public record StatsSeries(int bucketSeconds, List<Bucket> buckets) {
    public StatsSeries {
        buckets = Given.list("buckets", buckets);
    }

    /**
     * What happened in one bucket.
     *
     * @param p50Millis the median time of an answer to a recommendation request
     * @param freshnessP99Millis from an event's acknowledgement to its being applied
     * @param arms impressions and clicks by the arm that made the answer
     * @param references impressions and clicks of series that came from outside
     */
    public record Bucket(
            Instant start,
            double requestsPerSecond,
            double p50Millis,
            double p99Millis,
            long errors,
            long rejected,
            long degraded,
            long eventLagMillis,
            double freshnessP99Millis,
            Map<String, Clicks> arms,
            Map<String, Clicks> references) {
        public Bucket {
            arms = Given.map("arms", arms);
            references = Given.map("references", references);
        }
    }

    /** Impressions and clicks, whose ratio is the click rate. */
    public record Clicks(long impressions, long clicks) {
        public double rate() {
            return impressions == 0 ? 0 : (double) clicks / impressions;
        }
    }
}
