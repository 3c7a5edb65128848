package dev.millrace.benchmarks.drift;

import ai.onnxruntime.OrtException;
import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.Event;
import dev.millrace.model.Query;
import dev.millrace.model.Slate;
import dev.millrace.models.Registry;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.RecommendConfig;
import dev.millrace.recommend.RecommendParts;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.MemoryVectors;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.recommend.select.Part;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.retrieval.RidgeSource;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Deadline;
import dev.millrace.server.follow.DeltaPointer;
import dev.millrace.server.follow.PointerWatcher;
import dev.millrace.server.follow.SlotPointer;
import dev.millrace.training.online.OnlineConfig;
import dev.millrace.training.online.OnlineLearner;
import dev.millrace.training.online.OnlineStatus;
import dev.millrace.training.work.ReplayStarts;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Everything of a server but its network: log, features, indexes, pipeline, registry, and the learner beside it, on one
 * thread and by a clock of their own. Owned by one thread.
 */
final class SimulatedServer implements AutoCloseable {
    private final MemoryEventLog log = new MemoryEventLog();
    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final LiveIndexes indexes = LiveIndexes.follow(state, RetrievalConfig.defaults());
    private final ModelSlot<LiveModel> models = new ModelSlot<>();
    private final ModelSlot<LiveRanker> rankers = new ModelSlot<>();
    private final RecommendPipeline pipeline;
    private final Registry registry;
    private final PointerWatcher watcher;
    private final @Nullable OnlineLearner learner;
    private long offset;

    /** @param configuration of the recommendations */
    SimulatedServer(Path folder, Clock clock, boolean learnsOnline, Configuration configuration) throws IOException {
        state.addListener(models);
        state.addListener(rankers);
        RecommendConfig config = RecommendConfig.from(configuration);
        RecommendParts.Sources sources = new RecommendParts.Sources(
                source("topics"),
                source("covisitation"),
                source("trending"),
                source("new-items"),
                new RidgeSource(state.catalog()::isAvailable),
                source("random"));
        pipeline = new RecommendPipeline(
                new RecommendParts(state, sources, models, rankers, this::apply, WorkerPool.none(), clock), config);
        registry = new Registry(folder.resolve("models"));
        ActionWorth worth = ActionWorth.from(configuration, "recommend.worth");
        watcher = new PointerWatcher(
                registry,
                SlotPointer.ofModel(registry, models, state.catalog(), LiveModelConfig.defaults()),
                new DeltaPointer(registry, models),
                SlotPointer.ofRanker(
                        registry, rankers, state, InferenceConfig.defaults(), worth, MemoryVectors.defaults()));
        OnlineConfig online = OnlineConfig.defaults();
        learner = learnsOnline
                ? new OnlineLearner(
                        log,
                        new ReplayStarts(folder, null),
                        registry,
                        new OnlineConfig(
                                online.publishEvery(),
                                online.feedbackWindow(),
                                online.freeze(),
                                online.items(),
                                online.slatesPerSecond(),
                                online.calibrationWindow(),
                                config.withModel().of(Part.MODEL)),
                        Files.createDirectories(folder.resolve("online")),
                        clock::millis)
                : null;
    }

    MemoryEventLog log() {
        return log;
    }

    Registry registry() {
        return registry;
    }

    void apply(Event event) {
        log.append(event).join();
        state.apply(offset++, event);
    }

    Slate recommend(Query query) {
        return pipeline.run(query, Deadline.none()).slate();
    }

    /** What runs beside the requests, each second. */
    void workBeside() throws IOException, OrtException {
        watcher.doWork();
        if (learner != null) {
            while (learner.doWork() > 0) {
                // Until it is at the end of the log.
            }
        }
    }

    @Nullable
    OnlineStatus online() {
        return learner == null ? null : learner.status();
    }

    private CandidateSource source(String name) {
        return indexes.sources().stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no source '" + name + "'"));
    }

    @Override
    public void close() throws OrtException {
        if (learner != null) {
            learner.close();
        }
        rankers.close();
        models.close();
        indexes.close();
        log.close();
    }
}
