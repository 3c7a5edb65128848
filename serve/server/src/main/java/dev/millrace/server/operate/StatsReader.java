package dev.millrace.server.operate;

import dev.millrace.eventlog.EventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.runtime.AdmissionControl;
import dev.millrace.runtime.Metrics;
import dev.millrace.server.ingest.IngestAgent;
import dev.millrace.server.ingest.Intake;
import dev.millrace.wire.operate.Stats;

import java.util.Objects;
import java.util.function.Supplier;

/** Reads the counts of the present moment. Thread-safe. */
public final class StatsReader {
    private final EventLog log;
    private final FeatureState state;
    private final ModelSlot<LiveModel> models;
    private final IngestAgent ingest;
    private final Traffic traffic;
    private final Intake intake;
    private final Supplier<String> condition;
    private final long startedNanos = System.nanoTime();

    public StatsReader(
            EventLog log,
            FeatureState state,
            ModelSlot<LiveModel> models,
            IngestAgent ingest,
            Traffic traffic,
            Intake intake,
            Supplier<String> condition) {
        this.log = log;
        this.state = state;
        this.models = models;
        this.ingest = ingest;
        this.traffic = traffic;
        this.intake = intake;
        this.condition = condition;
    }

    public Stats read() {
        String live = models.version();
        return new Stats(
                version(),
                condition.get(),
                state.catalog().count(),
                state.users().size(),
                log.end() - log.begin(),
                new Stats.Log(log.begin(), log.end(), state.appliedOffset(), lagMillis()),
                live.isEmpty() ? null : live,
                (System.nanoTime() - startedNanos) / 1_000_000,
                new Stats.Totals(
                        traffic.requests(),
                        traffic.errors(),
                        traffic.rejected(),
                        traffic.degraded(),
                        intake.accepted(),
                        intake.duplicates()));
    }

    /** Lets the scraper read the same. */
    public void register(Metrics metrics, AdmissionControl admission) {
        metrics.gauge("log.end", log::end);
        metrics.gauge("log.applied", state::appliedOffset);
        metrics.gauge("log.lag.millis", this::lagMillis);
        metrics.gauge("ingest.standstill.seconds", () -> ingest.standstillMillis() / 1e3);
        metrics.gauge("items", () -> state.catalog().count());
        metrics.gauge("users", () -> state.users().size());
        metrics.gauge("events.accepted", intake::accepted);
        metrics.gauge("events.duplicate", intake::duplicates);
        metrics.gauge("events.erased", ingest::erased);
        metrics.gauge("events.lost", ingest::lost);
        metrics.gauge("admission.waiting", admission::waiting);
        metrics.gauge("admission.running", admission::running);
        metrics.gauge("admission.rejected", admission::rejected);
        metrics.gauge("admission.dropped", admission::dropped);
    }

    private long lagMillis() {
        return state.appliedOffset() >= log.end() ? 0 : ingest.lagMillis();
    }

    /** The version of Millrace that runs. */
    public static String version() {
        return Objects.requireNonNullElse(StatsReader.class.getPackage().getImplementationVersion(), "development");
    }
}
