package dev.millrace.server.operate;

import dev.millrace.runtime.Agent;
import dev.millrace.runtime.Clock;
import dev.millrace.server.ingest.Freshness;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.operate.StatsSeries;
import dev.millrace.wire.operate.StatsSeries.Bucket;
import dev.millrace.wire.operate.StatsSeries.Clicks;
import org.HdrHistogram.Histogram;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** The last hours in buckets, closed one by one by the agent that this is. Any thread may read. */
public final class Series implements Agent {
    static final int BUCKET_SECONDS = 5;

    /** Six hours. */
    private static final int KEPT = 6 * 3600 / BUCKET_SECONDS;

    private static final int MAX_REFERENCES = 16;

    private final Traffic traffic;
    private final Freshness freshness;
    private final ArmClicks arms;
    private final LongSupplier lagMillis;
    private final Clock clock;
    private final Deque<Bucket> buckets = new ArrayDeque<>();
    private Map<String, Clicks> references = new TreeMap<>();
    private Totals before = new Totals(0, 0, 0, 0);
    private long bucketStart;

    private record Totals(long answered, long errors, long rejected, long degraded) {}

    public Series(Traffic traffic, Freshness freshness, ArmClicks arms, LongSupplier lagMillis, Clock clock) {
        this.traffic = traffic;
        this.freshness = freshness;
        this.arms = arms;
        this.lagMillis = lagMillis;
        this.clock = clock;
        this.bucketStart = clock.millis();
    }

    @Override
    public String name() {
        return "series";
    }

    @Override
    public int doWork() {
        long now = clock.millis();
        if (now - bucketStart < BUCKET_SECONDS * 1000L) {
            return 0;
        }
        close(now);
        return 1;
    }

    /** Adds to the present bucket of a series from outside. */
    public synchronized void add(ReferencePoint point) {
        String name =
                references.size() < MAX_REFERENCES || references.containsKey(point.name()) ? point.name() : "other";
        references.merge(name, new Clicks(point.impressions(), point.clicks()), Series::sum);
    }

    public synchronized StatsSeries last(int minutes) {
        int wanted = minutes * 60 / BUCKET_SECONDS;
        List<Bucket> all = new ArrayList<>(buckets);
        return new StatsSeries(BUCKET_SECONDS, all.subList(Math.max(0, all.size() - wanted), all.size()));
    }

    private synchronized void close(long now) {
        Histogram latency = traffic.latencyMicros().getIntervalHistogram();
        Histogram fresh = freshness.micros().getIntervalHistogram();
        Totals totals = new Totals(traffic.answered(), traffic.errors(), traffic.rejected(), traffic.degraded());
        buckets.addLast(new Bucket(
                Instant.ofEpochMilli(bucketStart),
                (totals.answered - before.answered) * 1000.0 / (now - bucketStart),
                millis(latency, 50),
                millis(latency, 99),
                totals.errors - before.errors,
                totals.rejected - before.rejected,
                totals.degraded - before.degraded,
                lagMillis.getAsLong(),
                millis(fresh, 99),
                arms.since(now),
                references));
        if (buckets.size() > KEPT) {
            buckets.removeFirst();
        }
        references = new TreeMap<>();
        before = totals;
        bucketStart = now;
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getTotalCount() == 0 ? 0 : micros.getValueAtPercentile(percentile) / 1000.0;
    }

    private static Clicks sum(Clicks one, Clicks other) {
        return new Clicks(one.impressions() + other.impressions(), one.clicks() + other.clicks());
    }
}
