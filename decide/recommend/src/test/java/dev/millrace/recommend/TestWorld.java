package dev.millrace.recommend;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Filter;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomMultiTask;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.ranker.HashedRows;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.live.VectorTables;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.retrieval.RidgeSource;
import dev.millrace.runtime.Clock;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A small catalogue with some users, real indexes and, on demand, an untrained model. */
final class TestWorld implements AutoCloseable {
    static final int ITEMS = 300;
    static final int USERS = 40;
    static final int TOPICS = 6;

    final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    final LiveIndexes indexes = LiveIndexes.follow(state, RetrievalConfig.defaults());
    final ModelSlot<LiveModel> models = new ModelSlot<>();
    final ModelSlot<LiveRanker> rankers = new ModelSlot<>();
    final RidgeSource ridge = new RidgeSource(state.catalog()::isAvailable);
    final WorkerPool workers = new WorkerPool("test", 2);
    final List<Event.SlateServed> served = new ArrayList<>();
    private long offset;

    TestWorld() {
        state.addListener(models);
        state.addListener(rankers);
        for (int i = 0; i < ITEMS; i++) {
            addItem("i" + i, "t" + i % TOPICS);
        }
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < USERS * 20; i++) {
            int user = i % USERS;
            // Users like one topic, and the first items of it most.
            int item = user % TOPICS + TOPICS * (random.nextInt(20) * random.nextInt(20) / 20);
            act("u" + user, "i" + item, ActionType.IMPRESSION);
            act("u" + user, "i" + item, ActionType.CLICK);
        }
    }

    void addItem(String id, String topic) {
        Item item = new Item(
                new ItemId(id),
                "Title " + id,
                List.of(topic),
                Map.of("number", new AttributeValue.Numeric(offset), "topic", new AttributeValue.Text(topic)),
                Instant.now(),
                true);
        apply(new Event.ItemUpserted(eventId(), Instant.now(), item));
    }

    void deleteItem(String id) {
        apply(new Event.ItemDeleted(eventId(), Instant.now(), new ItemId(id)));
    }

    void addUser(String id) {
        apply(new Event.UserUpserted(eventId(), Instant.now(), new User(new UserId(id), Map.of())));
    }

    void act(String user, String item, ActionType type) {
        apply(new Event.Action(eventId(), Instant.now(), new UserId(user), new ItemId(item), type, 1, null));
    }

    /** Makes an untrained model of the present items live. */
    LiveModel goLive(Path directory, long seed) throws IOException {
        LiveModel model = load(directory, seed);
        models.swap(model);
        return model;
    }

    LiveModel load(Path directory, long seed) throws IOException {
        RandomTransformer.Sizes sizes = new RandomTransformer.Sizes(ITEMS, 16, 2, 1, 20);
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        Bundle bundle = BundleWriter.write(
                directory,
                TransformerBundle.of(
                        RandomTransformer.weights(sizes, seed),
                        vocabulary,
                        Instant.EPOCH,
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        return LiveModel.load(bundle, state.catalog(), LiveModelConfig.defaults(), (done, total) -> {});
    }

    /** Makes an untrained ranker live. */
    LiveRanker rank(Path directory, long seed) throws IOException {
        return rank(directory, seed, LiveModelConfig.defaults().vectors());
    }

    /** The same, with its items in such tables. */
    LiveRanker rank(Path directory, long seed, VectorTables tables) throws IOException {
        FeatureSchema schema = FeatureSchema.standard(state.config());
        MultiTaskBundle bundle = ranker(directory, seed, schema.meanings());
        LiveRanker ranker = LiveRanker.load(bundle, state, InferenceConfig.defaults(), ActionWorth.defaults(), tables);
        rankers.swap(ranker);
        return ranker;
    }

    /** @param meanings what the features meant to it */
    MultiTaskBundle ranker(Path directory, long seed, Map<String, String> meanings) throws IOException {
        List<String> numbers = FeatureSchema.standard(state.config()).numeric().stream()
                .map(FeatureDefinition.Numeric::name)
                .toList();
        MultiTaskBundle.Inputs inputs =
                new MultiTaskBundle.Inputs(List.of("click", "complaint"), numbers, new HashedRows(8));
        return MultiTaskBundle.write(
                directory,
                RandomMultiTask.network(8, 10, numbers.size(), 12, 2, seed),
                inputs,
                RandomMultiTask.tables(inputs, 8, seed),
                new BundleContent.Evidence(Map.of(), Map.of(), List.of(), meanings, List.of()));
    }

    RecommendPipeline pipeline() {
        return pipeline(RecommendConfig.defaults(), stage -> stage);
    }

    RecommendPipeline pipeline(RecommendConfig config, UnaryOperator<Stage> wrapper) {
        RecommendParts.Sources sources = new RecommendParts.Sources(
                source("topics"),
                source("covisitation"),
                source("trending"),
                source("new-items"),
                ridge,
                source("random"));
        RecommendParts parts =
                new RecommendParts(state, sources, models, rankers, served::add, workers, Clock.system());
        return new RecommendPipeline(parts, config, wrapper);
    }

    static Query query(String user, String scenario, int count) {
        return query(user, scenario, count, new Filter.All(), List.of());
    }

    static Query query(String user, String scenario, int count, Filter filter, List<ItemId> exclude) {
        return new Query(new UserId(user), scenario, count, Map.of(), filter, List.of(), exclude, false, false);
    }

    private CandidateSource source(String name) {
        return indexes.sources().stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void apply(Event event) {
        state.apply(offset++, event);
    }

    private EventId eventId() {
        return new EventId("e" + offset);
    }

    @Override
    public void close() {
        models.close();
        rankers.close();
        indexes.close();
        workers.close();
    }
}
