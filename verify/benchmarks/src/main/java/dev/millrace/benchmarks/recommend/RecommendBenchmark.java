package dev.millrace.benchmarks.recommend;

import dev.millrace.benchmarks.inference.RandomBundle;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Filter;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.Answer;
import dev.millrace.recommend.RecommendConfig;
import dev.millrace.recommend.RecommendParts;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.recommend.SlateSink;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.retrieval.CandidateBuffer;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.UserContext;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Microseconds per answer of {@code home} with 500 candidates and 10 places. Without a model, and with sources that only
 * count, this is the request path alone: no inference, no Lucene, no item vectors. With one, the networks and the vector
 * search are added. Rows of items and users are in the store, and so are item vectors, as a server has them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgs = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class RecommendBenchmark {
    private static final int USERS = 2_000;
    private static final int ACTIONS_PER_USER = 60;
    private static final int TOPICS = 40;
    private static final long TABLE_BYTES = 64 << 20;

    @Param("20000")
    public int items;

    @Param({"false", "true"})
    public boolean model;

    private final SplittableRandom random = new SplittableRandom(1);
    private final ModelSlot<LiveModel> slot = new ModelSlot<>();
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init") // set up before any benchmark runs
    private TieredStore store;

    @SuppressWarnings("NullAway.Init")
    private FeatureState state;

    @SuppressWarnings("NullAway.Init")
    private RecommendPipeline pipeline;

    @Setup
    public void fill() throws IOException {
        directory = Files.createTempDirectory("millrace-recommend");
        openState();
        long offset = 0;
        Instant now = Instant.now();
        for (int i = 0; i < items; i++) {
            List<String> topics = List.of("t" + random.nextInt(TOPICS), "s" + random.nextInt(TOPICS));
            Item item = new Item(new ItemId("item-" + i), "", topics, Map.of(), now, true);
            state.apply(offset, new Event.ItemUpserted(new EventId("e" + offset++), now, item));
        }
        for (int i = 0; i < USERS * ACTIONS_PER_USER; i++) {
            ActionType type = i % 3 == 0 ? ActionType.CLICK : ActionType.IMPRESSION;
            UserId user = new UserId("u" + i % USERS);
            ItemId item = new ItemId("item-" + random.nextInt(items));
            state.apply(offset, new Event.Action(new EventId("e" + offset++), now, user, item, type, 1, null));
        }
        if (model) {
            goLive();
        }
        pipeline = new RecommendPipeline(parts(), config());
    }

    @Benchmark
    public Answer home() {
        UserId user = new UserId("u" + random.nextInt(USERS));
        Query query = new Query(user, "home", 10, Map.of(), new Filter.All(), List.of(), List.of(), false, false);
        return pipeline.run(query, Deadline.after(Duration.ofMillis(500)));
    }

    @TearDown
    public void close() throws IOException {
        slot.close();
        store.close();
        deleteTree(directory);
    }

    private void openState() throws IOException {
        Map<FeatureTable, TableSpec> specs = new EnumMap<>(FeatureTable.class);
        for (FeatureTable table : FeatureTable.values()) {
            specs.put(table, table.spec(TABLE_BYTES));
        }
        store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.copyOf(specs.values()));
        state = new FeatureState(FeaturesConfig.defaults(), new StoredTables(store, specs, null));
        state.settle();
    }

    private void goLive() throws IOException {
        Bundle bundle = RandomBundle.write(directory.resolve("bundle"), new Sizes(items, 64, 2, 2, 50), "item-", 1);
        LiveModelConfig config = LiveModelConfig.of(
                InferenceConfig.defaults(),
                VectorIndexConfig.defaults(),
                new StoredVectors(store, StoredVectors.LABEL, 2 * TABLE_BYTES));
        slot.swap(LiveModel.load(bundle, state.catalog(), config, (done, total) -> {}));
    }

    private RecommendParts parts() {
        RecommendParts.Sources sources = new RecommendParts.Sources(
                new Counting("topics", items),
                new Counting("covisitation", items),
                new Counting("trending", items),
                new Counting("new-items", items),
                new Counting("ridge", items),
                new Counting("random", items));
        return new RecommendParts(
                state, sources, slot, new ModelSlot<>(), SlateSink.none(), WorkerPool.none(), Clock.system());
    }

    /** 500 candidates either way: what vector search does not give comes from the others. */
    private RecommendConfig config() {
        RecommendConfig defaults = RecommendConfig.defaults();
        RecommendConfig.Limits limits = model
                ? new RecommendConfig.Limits(250, 100, 80, 50, 20, 0)
                : new RecommendConfig.Limits(1, 250, 150, 70, 30, 0);
        return new RecommendConfig(
                limits,
                defaults.withRanker(),
                defaults.withModel(),
                defaults.withoutModel(),
                defaults.diversity(),
                defaults.exploration(),
                defaults.memory());
    }

    private static void deleteTree(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Proposes items at even distances, from a place that the request draws. */
    private record Counting(String name, int items) implements CandidateSource {
        @Override
        public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
            int step = items / limit;
            int from = (int) Long.remainderUnsigned(user.seed() * 31 + name.hashCode(), items);
            for (int i = 0; i < limit; i++) {
                into.add((from + i * step) % items, 1f / (1 + i));
            }
            return limit;
        }
    }
}
