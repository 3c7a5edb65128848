package dev.millrace.audience;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * What an audience measured; every figure is of this run.
 *
 * @param requests recommendation requests of people, without the probes' dry runs
 * @param errors calls that failed otherwise than by a refusal, and events that no answer reflected in time
 * @param degraded answers of which a part was missing
 * @param latencyMillis from sending a request to having its answer
 * @param clickRate over the window, which is the same for all arms
 * @param freshnessMillis from an event's acknowledgement to the end of an answer that reflects it
 * @param window the part of the run that {@code clickRate} is measured over
 * @param drift how a planted drift was followed; null without one
 * @param firstAnswerMillis from the start of the process to the first personal answer; null before it
 * @param refused calls that were refused for lack of capacity, each of which ends a visit
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record AudienceReport(
        long requests,
        long errors,
        long degraded,
        Percentiles latencyMillis,
        ClickRates clickRate,
        String modelVersion,
        Percentiles freshnessMillis,
        Window window,
        ClickRates clickRateWhole,
        @Nullable Long firstAnswerMillis,
        long refused,
        long freshnessProbes,
        List<Measurements.ModelSeen> models,
        @Nullable DriftFollowed drift,
        List<Point> series) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int BUCKET_SECONDS = 10;
    private static final int LEAST_WINDOW_SECONDS = 60;

    public AudienceReport {
        models = List.copyOf(models);
        series = List.copyOf(series);
    }

    /** The median and the 99th percentile; null where nothing was measured. */
    public record Percentiles(
            @Nullable Double p50, @Nullable Double p99) {
        static Percentiles of(Histogram micros) {
            return micros.getTotalCount() == 0
                    ? new Percentiles(null, null)
                    : new Percentiles(micros.getValueAtPercentile(50) / 1e3, micros.getValueAtPercentile(99) / 1e3);
        }
    }

    /** A span of the run in seconds from its start, and how many impressions each arm had in it. */
    public record Window(long fromSecond, long toSecond, long random, long popularity, long model, long oracle) {}

    /** The click rates of one bucket of time. */
    public record Point(long second, ClickRates clickRate) {}

    /** The last third of what has passed, but a minute at least where there is one. */
    static AudienceReport of(Measurements measurements, @Nullable PlantedDrift drift, long processStartEpochMillis) {
        ClickLedger ledger = measurements.ledger();
        int now = (int) Math.min(ledger.seconds(), measurements.elapsedSeconds() + 1);
        int from = Math.max(0, now - Math.max(LEAST_WINDOW_SECONDS, now / 3));
        long first = measurements.firstPersonalAnswerEpochMillis();
        return new AudienceReport(
                measurements.requests(),
                measurements.errors(),
                measurements.degraded(),
                Percentiles.of(measurements.latencyMicros()),
                ClickRates.of(ledger, from, now),
                measurements.modelVersion(),
                Percentiles.of(measurements.freshnessMicros()),
                window(ledger, from, now),
                ClickRates.of(ledger, 0, now),
                first == 0 ? null : first - processStartEpochMillis,
                measurements.refused(),
                measurements.freshnessMicros().getTotalCount(),
                measurements.models(),
                drift == null ? null : DriftFollowed.of(drift, ledger, now),
                series(ledger, now));
    }

    /** One document, whose fields stand in the order of this record. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report has no JSON form", e);
        }
    }

    private static Window window(ClickLedger ledger, int from, int to) {
        return new Window(
                from,
                to,
                ledger.impressions(Arm.RANDOM, from, to),
                ledger.impressions(Arm.POPULARITY, from, to),
                ledger.impressions(Arm.MODEL, from, to),
                ledger.impressions(Arm.ORACLE, from, to));
    }

    private static List<Point> series(ClickLedger ledger, int now) {
        List<Point> points = new ArrayList<>();
        for (int second = 0; second < now; second += BUCKET_SECONDS) {
            points.add(new Point(second, ClickRates.of(ledger, second, Math.min(now, second + BUCKET_SECONDS))));
        }
        return points;
    }
}
