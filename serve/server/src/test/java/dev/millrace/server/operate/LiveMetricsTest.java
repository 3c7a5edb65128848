package dev.millrace.server.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.RankingCall;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomMultiTask;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.ranker.HashedRows;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Metrics;
import dev.millrace.runtime.Priority;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What the scraper is told of a live model and a ranker whose table is full. */
class LiveMetricsTest {
    private static final int ITEMS = 20;
    private static final int DIMENSION = 16;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final ModelSlot<LiveModel> models = new ModelSlot<>();
    private final ModelSlot<LiveRanker> rankers = new ModelSlot<>();
    private final Metrics metrics = Metrics.unpublished();

    @TempDir
    private Path directory;

    @Test
    void metrics_ofWhatIsLive_areTold() throws IOException {
        for (int i = 0; i < ITEMS; i++) {
            Item item = new Item(new ItemId("i" + i), "item", List.of("t"), Map.of(), Instant.EPOCH, true);
            state.apply(i, new Event.ItemUpserted(new EventId("e" + i), Instant.EPOCH, item));
        }
        LiveMetrics.register(metrics, models, rankers);
        assertEquals(0, told("ranker.items.without.room"));
        try (TieredStore store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of())) {
            LiveRanker ranker = ranker(store, 12);
            rankers.swap(ranker);
            LiveModel model = model();
            models.swap(model);
            assertEquals(ITEMS - 10, told("ranker.items.without.room"));
            try (RankingCall call = ranker.network().borrow()) {
                call.candidates(new int[] {0, 15, 16}, 3);
                call.run(3, Priority.INTERACTIVE, Deadline.none());
            }
            assertEquals(2, told("ranker.candidates.without.room"));
            long before = model.scorer().copiedCalls();
            model.scorer()
                    .score(new float[model.dimension()], new long[1], 1, new boolean[1], new float[1], Deadline.none());
            assertEquals(before + 1, told("model.calls.copied"));
            assertEquals(0, told("model.runs.ended"));
            rankers.close();
            models.close();
            assertEquals(0, told("ranker.candidates.without.room"), "none is live");
        }
    }

    private double told(String name) {
        return metrics.registry().get("millrace." + name).gauge().value();
    }

    /** @param slots for items, nothing, and what replaces another */
    private LiveRanker ranker(TieredStore store, int slots) throws IOException {
        FeatureSchema schema = FeatureSchema.standard(state.config());
        List<String> numbers =
                schema.numeric().stream().map(FeatureDefinition.Numeric::name).toList();
        MultiTaskBundle.Inputs inputs = new MultiTaskBundle.Inputs(List.of("click"), numbers, new HashedRows(8));
        MultiTaskBundle bundle = MultiTaskBundle.write(
                directory.resolve("ranker"),
                RandomMultiTask.network(DIMENSION, 10, numbers.size(), 12, 1, 1),
                inputs,
                RandomMultiTask.tables(inputs, DIMENSION, 1),
                new BundleContent.Evidence(Map.of(), Map.of(), List.of(), schema.meanings(), List.of()));
        long bytes = 2L * (DIMENSION * Float.BYTES + 9) * slots;
        return LiveRanker.load(
                bundle,
                state,
                InferenceConfig.of(64, 2),
                ActionWorth.defaults(),
                new StoredVectors(store, StoredVectors.RANKER_LABEL, bytes));
    }

    private LiveModel model() throws IOException {
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        Bundle bundle = BundleWriter.write(
                directory.resolve("model"),
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, DIMENSION, 2, 1, 5), 1),
                        vocabulary,
                        Instant.EPOCH,
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        return LiveModel.load(bundle, state.catalog(), LiveModelConfig.defaults(), (done, total) -> {});
    }
}
