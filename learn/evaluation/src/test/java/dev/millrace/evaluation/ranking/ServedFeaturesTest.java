package dev.millrace.evaluation.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.models.BundleContent;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.RandomMultiTask;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.RecommendConfig;
import dev.millrace.recommend.RecommendParts;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.MemoryVectors;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.retrieval.RidgeSource;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.samples.ImpressionSampler;
import dev.millrace.training.ranking.ExportedRanker;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.training.ranking.RankingExamples;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What a ranker says while it serves is what it says of the training rows that the log's replay makes of the same slates: served and
 * learnt features are one.
 */
class ServedFeaturesTest {
    private static final FeaturesConfig FEATURES = FeaturesConfig.defaults();
    private static final FeatureSchema SCHEMA = FeatureSchema.standard(FEATURES);
    private static final RankerConfig CONFIG = new RankerConfig(
            List.of(ActionType.CLICK, ActionType.LIKE),
            16,
            List.of(24),
            12,
            12,
            RankerConfig.defaults().learning());
    private static final int ITEMS = 1_500;
    private static final int USERS = 15;

    @TempDir
    private Path directory;

    private final FeatureState state = new FeatureState(FEATURES);
    private final LiveIndexes indexes = LiveIndexes.follow(state, RetrievalConfig.defaults());
    private final ModelSlot<LiveModel> models = new ModelSlot<>();
    private final ModelSlot<LiveRanker> rankers = new ModelSlot<>();
    private final WorkerPool workers = new WorkerPool("test", 1);
    private final List<Event> log = new ArrayList<>();
    private MultiTaskBundle bundle;
    private RecommendPipeline pipeline;

    @BeforeEach
    void serve() throws IOException {
        MultiTaskBundle.Inputs inputs = new MultiTaskBundle.Inputs(
                List.of("click", "like"),
                SCHEMA.numeric().stream().map(FeatureDefinition.Numeric::name).toList(),
                CONFIG.rows());
        bundle = MultiTaskBundle.write(
                directory.resolve("ranker"),
                RandomMultiTask.network(16, 12, inputs.numbers().size(), 24, 2, 4),
                inputs,
                RandomMultiTask.tables(inputs, 16, 5),
                new BundleContent.Evidence(Map.of(), Map.of(), List.of(), SCHEMA.meanings(), List.of()));
        state.addListener(rankers);
        rankers.swap(LiveRanker.load(
                bundle, state, InferenceConfig.of(1024, 2), ActionWorth.defaults(), MemoryVectors.defaults()));
        pipeline = new RecommendPipeline(
                new RecommendParts(state, sources(), models, rankers, this::append, workers, Clock.system()),
                RecommendConfig.defaults());
    }

    @AfterEach
    void close() {
        rankers.close();
        models.close();
        indexes.close();
        workers.close();
    }

    @Test
    void probabilities_ofServedSlates_areThoseOfTheirTrainingRows() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        populate(random);
        Map<RecommendationId, Slate> served = live(random);

        List<ImpressionSample> samples = new ArrayList<>();
        RankingExamples examples = replayed(samples);
        double[][] learnt;
        try (ExportedRanker exported = new ExportedRanker(bundle)) {
            learnt = exported.probabilities(examples, 0, examples.count());
        }
        int compared = 0;
        for (int row = 0; row < samples.size(); row++) {
            ImpressionSample sample = samples.get(row);
            Slate.@Nullable Entry entry = entryOf(sample, served);
            if (entry != null) {
                String where = "seed " + seed + ", " + sample.user() + " and " + sample.item();
                assertEquals(entry.why().probabilities().getOrDefault("click", -1f), learnt[0][row], 2e-6, where);
                assertEquals(entry.why().probabilities().getOrDefault("like", -1f), learnt[1][row], 2e-6, where);
                compared++;
            }
        }
        assertTrue(compared > 500, "compared " + compared + ", seed " + seed);
    }

    /** Slates are asked for, shown and clicked, while others act, and items and people change. */
    private Map<RecommendationId, Slate> live(Random random) {
        Map<RecommendationId, Slate> served = new HashMap<>();
        for (int round = 0; round < 120; round++) {
            String user = "u" + random.nextInt(USERS + 3); // some are unknown
            Query query = new Query(
                    new UserId(user), "home", 10, Map.of(), new Filter.All(), List.of(), List.of(), false, true);
            Slate slate = pipeline.run(query, Deadline.none()).slate();
            assertFalse(slate.entries().isEmpty());
            assertTrue(slate.degradations().isEmpty(), slate.degradations().toString());
            served.put(slate.id(), slate);
            for (Slate.Entry entry : slate.entries()) {
                act(user, entry.item().value(), ActionType.IMPRESSION, slate.id());
                if (random.nextInt(5) == 0) {
                    act(user, entry.item().value(), ActionType.CLICK, slate.id());
                }
                act("u" + random.nextInt(USERS), "i" + random.nextInt(ITEMS), ActionType.CLICK, null);
            }
        }
        return served;
    }

    private void populate(Random random) {
        for (int i = 0; i < ITEMS; i++) {
            Item item = new Item(
                    new ItemId("i" + i),
                    "Title",
                    List.of("t" + i % 7, "t" + i % 3),
                    Map.of("length", new AttributeValue.Numeric(i), "kind", new AttributeValue.Text("k" + i % 4)),
                    Instant.now().minusSeconds(random.nextInt(1_000_000)),
                    true);
            append(new Event.ItemUpserted(id(), Instant.now(), item));
        }
        for (int i = 0; i < USERS; i++) {
            append(new Event.UserUpserted(
                    id(),
                    Instant.now(),
                    new User(new UserId("u" + i), Map.of("country", new AttributeValue.Text("c" + i % 5)))));
        }
        for (int i = 0; i < 600; i++) {
            act("u" + random.nextInt(USERS), "i" + random.nextInt(ITEMS), ActionType.CLICK, null);
        }
    }

    private static Slate.@Nullable Entry entryOf(ImpressionSample sample, Map<RecommendationId, Slate> served) {
        ImpressionSample.Shown shown = sample.shown();
        if (shown == null) {
            return null;
        }
        Slate slate = served.get(shown.recommendation());
        assertNotNull(slate);
        return slate.entries().get(shown.position());
    }

    private RankingExamples replayed(List<ImpressionSample> samples) {
        ImpressionSampler sampler = new ImpressionSampler(FEATURES, ImpressionOptions.defaults(), samples::add);
        for (int i = 0; i < log.size(); i++) {
            sampler.accept(i, log.get(i));
        }
        sampler.finish();
        RankingExamples examples = new RankingExamples(CONFIG, SCHEMA);
        samples.forEach(examples::add);
        sampler.describeItems(examples::describe);
        return examples;
    }

    private void act(String user, String item, ActionType type, @Nullable RecommendationId slate) {
        append(new Event.Action(id(), Instant.now(), new UserId(user), new ItemId(item), type, 1, slate));
    }

    private void append(Event event) {
        state.apply(log.size(), event);
        log.add(event);
    }

    private EventId id() {
        return new EventId("e" + log.size());
    }

    private RecommendParts.Sources sources() {
        return new RecommendParts.Sources(
                source("topics"),
                source("covisitation"),
                source("trending"),
                source("new-items"),
                new RidgeSource(state.catalog()::isAvailable),
                source("random"));
    }

    private CandidateSource source(String name) {
        return indexes.sources().stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
