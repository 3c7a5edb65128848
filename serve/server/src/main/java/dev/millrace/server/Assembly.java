package dev.millrace.server;

import com.linecorp.armeria.server.Server;
import dev.millrace.eventlog.EventCipher;
import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.models.Registry;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.RecommendParts;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.recommend.live.LeasedModel;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RidgeSource;
import dev.millrace.runtime.AgentRunner;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Lifecycle;
import dev.millrace.runtime.Metrics;
import dev.millrace.server.answer.AnswerPool;
import dev.millrace.server.answer.Warmup;
import dev.millrace.server.follow.DeltaPointer;
import dev.millrace.server.follow.PointerWatcher;
import dev.millrace.server.follow.RidgePointer;
import dev.millrace.server.follow.SlotPointer;
import dev.millrace.server.hold.StateStore;
import dev.millrace.server.hold.StateTables;
import dev.millrace.server.hold.StoreWatch;
import dev.millrace.server.http.AdminKeys;
import dev.millrace.server.http.ServerConfig;
import dev.millrace.server.infer.Inference;
import dev.millrace.server.infer.ServedRankers;
import dev.millrace.server.ingest.AppliedOffsets;
import dev.millrace.server.ingest.Freshness;
import dev.millrace.server.ingest.IngestAgent;
import dev.millrace.server.operate.ArmClicks;
import dev.millrace.server.operate.LiveMetrics;
import dev.millrace.server.operate.OnlineAgent;
import dev.millrace.server.operate.Series;
import dev.millrace.server.operate.StoreMetrics;
import dev.millrace.server.operate.Traffic;
import dev.millrace.server.operate.TrainingAgent;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.personal.KeyTable;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Puts a serving process together, by hand and in order. Used once, by the starting thread. */
final class Assembly {
    private static final String LOG = "log";
    private static final String SNAPSHOTS = "snapshots";
    private static final String STORE = "store";
    private static final Duration IDLE = Duration.ofMillis(1);
    private static final Duration SELDOM = Duration.ofMillis(500);
    private static final int WARM_REQUESTS = 600;

    private final List<ServerExtension> extensions;
    private final Settings settings;
    private final ServerConfig config;
    private final Path dataDir;
    private final Clock clock = Clock.system();
    private final Lifecycle lifecycle;
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    Assembly(Configuration configuration, List<ServerExtension> extensions, Lifecycle lifecycle) {
        this.settings = Settings.read(configuration);
        this.extensions = List.copyOf(extensions);
        this.config = settings.server();
        this.dataDir = config.dataDir();
        this.lifecycle = lifecycle;
    }

    /** The order in which a process comes to life; it dies in the reverse. */
    MillraceServer start() throws Exception {
        try {
            Settings.Held kept = settings.held();
            KeyTable userKeys = lifecycle.start(
                    "keys of users", () -> SegmentEventLog.openKeys(dataDir.resolve(LOG), kept.keys(), clock));
            EventLog log = lifecycle.start("event log", () -> openLog(userKeys));
            // Behind the log's lock: two first starts at once must not make two keys.
            AdminKeys keys = AdminKeys.open(dataDir.resolve("keys"), settings.adminKey());
            UnseenKey unseen = lifecycle.add("admin key", new UnseenKey(keys));
            StateTables rows = lifecycle.start(
                    "store", () -> StateTables.open(dataDir.resolve(STORE), kept.store(), log, userKeys));
            StateStore store = new StateStore(dataDir.resolve(SNAPSHOTS), log, rows.tables(), kept.snapshots());
            StateStore.Restored held = store.restore(kept.features(), kept.retrieval());
            lifecycle.add("indexes", held.indexes());
            lifecycle.add("last snapshot", () -> store.save(held));
            FeatureState state = held.state();
            Metrics metrics = new Metrics(meters);
            StoreWatch watch = watch(rows, store, log, metrics);
            Traffic traffic = new Traffic(metrics);

            ModelSlot<LiveModel> models = slot("live model", state);
            ModelSlot<LiveRanker> orderings = slot("live ranker", state);
            LiveMetrics.register(metrics, models, orderings);
            AppliedOffsets applied = new AppliedOffsets(state.appliedOffset());
            Freshness freshness = new Freshness(applied);
            IngestAgent ingest = new IngestAgent(
                    log.read(state.appliedOffset()), state, applied, freshness, offset -> store.advance(held));
            lifecycle.start("ingest", () -> AgentRunner.start(ingest, IDLE));

            RidgeSource ridge = new RidgeSource(state.catalog()::isAvailable);
            RecommendPipeline pipeline = pipeline(held, ridge, models, orderings, log);
            Registry registry =
                    new Registry(dataDir.resolve("models"), settings.models().requireSignature());
            LiveModelConfig modelConfig =
                    modelConfig(vectors(rows, StoredVectors.LABEL, kept.store().itemVectors()));
            ServedRankers rankers = new ServedRankers(registry, modelConfig.inference());
            rankers.doWork();
            lifecycle.start("rankers", () -> AgentRunner.start(rankers, SELDOM));
            Inference inference = lifecycle.add(
                    "inference", new Inference(rankers, config.limits().requestTimeout()));
            follow(new PointerWatcher(
                    registry,
                    SlotPointer.ofModel(registry, models, state.catalog(), modelConfig),
                    new DeltaPointer(registry, models),
                    SlotPointer.ofRanker(
                            registry,
                            orderings,
                            state,
                            modelConfig.inference(),
                            settings.answers().worth(),
                            vectors(
                                    rows,
                                    StoredVectors.RANKER_LABEL,
                                    kept.store().rankerVectors())),
                    new RidgePointer(registry, ridge, state.catalog())));
            TrainingAgent training = new TrainingAgent(settings.training(), log::end, models::version, clock);
            lifecycle.start("training", () -> AgentRunner.start(training, SELDOM));
            OnlineAgent online = new OnlineAgent(settings.online(), models::version, clock);
            online.register(metrics, models::deltaSequence);
            lifecycle.start("online learning", () -> AgentRunner.start(online, SELDOM));
            Series series = series(traffic, freshness, state, ingest, log);

            AnswerPool pool = lifecycle.start(
                    "answers", () -> new AnswerPool(settings.answers().admission(), clock));
            Port port = new Port(
                    config,
                    new Port.Parts(log, state, pipeline, pool, models, registry, clock),
                    new Port.Ingest(ingest, applied, freshness, userKeys, watch),
                    new Port.Operation(keys, traffic, series, training, inference, meters, metrics));
            Server server = port.open(extensions, lifecycle);
            warm(pipeline, state);
            port.ready();
            unseen.handOver();
            return new MillraceServer(
                    server, port.uri(server), lifecycle, keys.fresh().orElse(null));
        } catch (Exception | Error e) {
            lifecycle.close();
            throw e;
        }
    }

    /** First what a server without data can do, then, where there is data, with the models and users that there are; each has the limit. */
    private void warm(RecommendPipeline pipeline, FeatureState state) {
        Duration each = config.warmUp();
        if (each.isPositive()) {
            new Rehearsal(dataDir.resolve("rehearsal"), config.workers(), each).run();
        }
        if (each.isPositive() && state.catalog().count() > 0) {
            new Warmup(pipeline, state.users(), each).run(WARM_REQUESTS);
        }
    }

    private <M extends LeasedModel> ModelSlot<M> slot(String name, FeatureState state) {
        ModelSlot<M> slot =
                lifecycle.add(name, new ModelSlot<>(settings.models().keepPrevious()));
        state.addListener(slot);
        return slot;
    }

    private Series series(Traffic traffic, Freshness freshness, FeatureState state, IngestAgent ingest, EventLog log)
            throws Exception {
        ArmClicks arms = new ArmClicks(state.arms(), clock.millis());
        Series series = new Series(traffic, freshness, arms, () -> ingest.lagMillis(log.end()), clock);
        lifecycle.start("series", () -> AgentRunner.start(series, SELDOM));
        return series;
    }

    private StoreWatch watch(StateTables rows, StateStore store, EventLog log, Metrics metrics) throws Exception {
        StoreMetrics.register(metrics, rows.store());
        store.register(metrics);
        StoreWatch watch = new StoreWatch(rows.store(), log, dataDir.resolve(STORE));
        watch.register(metrics);
        lifecycle.start("store watch", () -> AgentRunner.start(watch, SELDOM));
        return watch;
    }

    /** What is live at the start answers from the first request on. */
    private void follow(PointerWatcher watcher) throws Exception {
        watcher.doWork();
        lifecycle.start("pointer watcher", () -> AgentRunner.start(watcher, SELDOM));
    }

    /** Forgets a key that this start made, unless the start succeeds and somebody gets to see it. */
    private static final class UnseenKey implements AutoCloseable {
        private final AdminKeys keys;
        private boolean handedOver;

        UnseenKey(AdminKeys keys) {
            this.keys = keys;
        }

        void handOver() {
            handedOver = true;
        }

        @Override
        public void close() throws IOException {
            if (!handedOver) {
                keys.forgetFresh();
            }
        }
    }

    private EventLog openLog(KeyTable userKeys) {
        return SegmentEventLog.open(
                dataDir.resolve(LOG),
                settings.held().log(),
                new EventCipher(userKeys),
                SnapshotDirectory.reach(dataDir.resolve(SNAPSHOTS)));
    }

    private static StoredVectors vectors(StateTables rows, String label, long memoryBytes) {
        return new StoredVectors(rows.store(), label, memoryBytes);
    }

    private LiveModelConfig modelConfig(StoredVectors vectors) {
        return LiveModelConfig.of(
                settings.models().inference(), settings.models().index(), vectors);
    }

    private RecommendPipeline pipeline(
            StateStore.Restored held,
            RidgeSource ridge,
            ModelSlot<LiveModel> models,
            ModelSlot<LiveRanker> orderings,
            EventLog log) {
        WorkerPool workers = lifecycle.add(
                "source workers",
                new WorkerPool(
                        "millrace-source",
                        settings.answers().sourceThreads(),
                        Math.max(2, Runtime.getRuntime().availableProcessors())));
        RecommendParts parts = new RecommendParts(
                held.state(), sources(held.indexes(), ridge), models, orderings, new LogSink(log), workers, clock);
        return new RecommendPipeline(parts, settings.answers().recommend());
    }

    private static RecommendParts.Sources sources(LiveIndexes indexes, RidgeSource ridge) {
        Map<String, CandidateSource> byName =
                indexes.sources().stream().collect(Collectors.toMap(CandidateSource::name, source -> source));
        return new RecommendParts.Sources(
                source(byName, "topics"),
                source(byName, "covisitation"),
                source(byName, "trending"),
                source(byName, "new-items"),
                ridge,
                source(byName, "random"));
    }

    private static CandidateSource source(Map<String, CandidateSource> byName, String name) {
        CandidateSource source = byName.get(name);
        if (source == null) {
            throw new IllegalStateException("there is no source '" + name + "' among " + byName.keySet());
        }
        return source;
    }
}
