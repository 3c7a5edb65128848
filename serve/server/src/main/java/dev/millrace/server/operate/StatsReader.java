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

/** Reads the counts of the present moment. Thread-safe. */
public final class StatsReader {
    private final EventLog log;
    private final FeatureState state;
    private final ModelSlot<LiveModel> models;
    private final IngestAgent ingest;
    private final Traffic traffic;
    private final Intake intake;
    private final Condition condition;
    private final long startedNanos = System.nanoTime();

    public StatsReader(
            EventLog log,
            FeatureState state,
            ModelSlot<LiveModel> models,
            IngestAgent ingest,
            Traffic traffic,
            Intake intake,
            Condition condition) {
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
                condition.state(),
                state.catalog().count(),
                state.users().size(),
                log.end() - log.begin(),
                new Stats.Log(log.begin(), log.end(), state.appliedOffset(), ingest.lagMillis(log.end())),
                live.isEmpty() ? null : live,
                (System.nanoTime() - startedNanos) / 1_000_000,
                new Stats.Totals(
                        traffic.requests(),
                        traffic.errors(),
                        traffic.rejected(),
                        traffic.degraded(),
                        intake.accepted(),
                        intake.duplicates()),
                condition.storeDamage());
    }

    /** Lets the scraper read the same. */
    public void register(Metrics metrics, AdmissionControl admission) {
        metrics.gauge("log.end", "offset behind the newest event of the log", log::end);
        metrics.gauge("log.applied", "offset behind the newest event that answers know", state::appliedOffset);
        metrics.gauge(
                "log.lag.millis",
                "age of the oldest event that answers do not know yet; 0 when they know all",
                () -> ingest.lagMillis(log.end()));
        metrics.gauge(
                "ingest.standstill.seconds",
                "for how long an event waits for the store, and those behind it",
                () -> ingest.standstillMillis() / 1e3);
        metrics.gauge("items", "items of the catalogue", () -> state.catalog().count());
        metrics.gauge("users", "users that are known", () -> state.users().size());
        metrics.counted(
                "user.rows.changed", "changes of users' rows by events, since the start", state.userRows()::changes);
        metrics.counted(
                "user.rows.written",
                "writes of users' rows: one for all events of a user that are applied together",
                state.userRows()::writes);
        metrics.gauge("events.accepted", "events that were stored since the start", intake::accepted);
        metrics.gauge(
                "events.duplicate", "events that came again since the start and had no effect", intake::duplicates);
        metrics.gauge(
                "events.erased", "events passed over since the start, because their users were erased", ingest::erased);
        metrics.gauge(
                "events.lost", "events passed over since the start, because they cannot be decrypted", ingest::lost);
        metrics.gauge("admission.waiting", "requests that wait for a thread", admission::waiting);
        metrics.gauge("admission.running", "requests that are being answered", admission::running);
        metrics.gauge(
                "admission.rejected",
                "requests refused since the start, because they would have waited too long",
                admission::rejected);
        metrics.gauge(
                "admission.dropped",
                "requests given up since the start, because they had waited too long",
                admission::dropped);
    }

    /** The version of Millrace that runs. */
    public static String version() {
        return Objects.requireNonNullElse(StatsReader.class.getPackage().getImplementationVersion(), "development");
    }
}
