package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureSchema;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.Filter;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.MemoryVectors;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a live ranker changes in the answers, and what they are without it. */
class RankedPipelineTest {
    @TempDir
    private Path directory;

    private final TestWorld world = new TestWorld();

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void answer_withALiveRanker_isOrderedByItAndShowsItsProbabilities() throws IOException {
        LiveModel model = world.goLive(directory.resolve("model"), 1);
        LiveRanker ranker = world.rank(directory.resolve("ranker"), 2);

        Slate slate = world.pipeline().run(explained("u1"), Deadline.none()).slate();

        assertEquals(List.of(), slate.degradations());
        assertEquals(model.version() + "+" + ranker.version(), slate.model());
        for (Slate.Entry entry : slate.entries()) {
            float click = entry.why().probabilities().getOrDefault("click", -1f);
            float complaint = entry.why().probabilities().getOrDefault("complaint", -1f);
            assertTrue(
                    click > 0 && click < 1 && complaint > 0 && complaint < 1,
                    entry.why().probabilities().toString());
            assertFalse(entry.why().probabilities().containsKey("like"), "it has no such head");
            assertEquals(entry.score(), addends(entry), 1e-4f);
        }
    }

    /** Of two items, the part of the model is the logarithm of what is expected of the one over the other. */
    @Test
    void modelPart_ofRankedItems_comparesWhatIsExpectedOfThem() throws IOException {
        world.rank(directory.resolve("ranker"), 2);
        ActionWorth worth = ActionWorth.defaults();

        Slate slate = world.pipeline().run(explained("u1"), Deadline.none()).slate();

        Slate.Entry one = slate.entries().get(0);
        Slate.Entry other = slate.entries().get(1);
        double weight = RecommendConfig.defaults().withRanker().model();
        double expected = weight * Math.log(utility(one, worth) / utility(other, worth));
        assertEquals(
                expected, one.why().parts().get("model") - other.why().parts().get("model"), 1e-3);
    }

    /** What was learnt of the ranker's probabilities is told, logged and counts. */
    @Test
    void probabilities_ofTheRankerThatADeltaNames_areMovedByItsOffsets() throws IOException {
        LiveModel model = world.goLive(directory.resolve("model"), 1);
        LiveRanker ranker = world.rank(directory.resolve("ranker"), 2);
        List<ItemId> items =
                IntStream.range(0, 40).mapToObj(i -> new ItemId("i" + i)).toList();
        Map<ItemId, Map<String, Float>> before = probabilities(items);

        model.apply(delta(model, 1, "another"));
        Map<ItemId, Map<String, Float>> ofAnother = probabilities(items);

        model.apply(delta(model, 2, ranker.version()));
        Map<ItemId, Map<String, Float>> after = probabilities(items);
        for (ItemId item : items) {
            float click = before.get(item).get("click");
            // Features are of the moment, which moves on a little.
            assertEquals(click, ofAnother.get(item).get("click"), 1e-4, "it is another ranker's offset");
            assertEquals(LogOdds.shifted(click, -0.7), after.get(item).get("click"), 1e-4);
            assertEquals(before.get(item).get("complaint"), after.get(item).get("complaint"), 1e-4, "it has no offset");
        }

        Slate slate = world.pipeline().run(explained("u1"), Deadline.none()).slate();
        ActionWorth worth = ActionWorth.defaults();
        double expected = RecommendConfig.defaults().withRanker().model()
                * Math.log(utility(slate.entries().get(0), worth)
                        / utility(slate.entries().get(1), worth));
        assertEquals(
                expected,
                slate.entries().get(0).why().parts().get("model")
                        - slate.entries().get(1).why().parts().get("model"),
                1e-3);
        assertEquals(
                slate.entries().stream()
                        .map(entry -> entry.why().probabilities())
                        .toList(),
                world.served.getLast().entries().stream()
                        .map(Event.SlateEntry::probabilities)
                        .toList(),
                "the log has what the answer was made by");
    }

    private Map<ItemId, Map<String, Float>> probabilities(List<ItemId> items) {
        Slate slate = world.pipeline().rerank(new UserId("u1"), items, true, Deadline.none());
        Map<ItemId, Map<String, Float>> probabilities = new HashMap<>();
        slate.entries()
                .forEach(entry -> probabilities.put(entry.item(), entry.why().probabilities()));
        return probabilities;
    }

    private static ModelDelta delta(LiveModel model, long sequence, String ranker) {
        return new ModelDelta(
                model.version(),
                sequence,
                ModelDelta.Cause.LEARNED,
                0,
                new float[model.dimension()],
                List.of(),
                new TreeMap<>(),
                new ModelDelta.Heads(ranker, new TreeMap<>(), new TreeMap<>(Map.of("click", -0.7f))));
    }

    @Test
    void answer_ofARankerWithoutAModel_namesTheRankerAlone() throws IOException {
        LiveRanker ranker = world.rank(directory.resolve("ranker"), 2);

        Slate slate =
                world.pipeline().run(explained("stranger"), Deadline.none()).slate();

        assertEquals(ranker.version(), slate.model());
        assertEquals(10, slate.entries().size());
    }

    @Test
    void brokenRanker_degradesToTheModel_andTheAnswerSaysSo() throws IOException {
        LiveModel model = world.goLive(directory.resolve("model"), 1);
        Slate before = world.pipeline().run(explained("u1"), Deadline.none()).slate();
        LiveRanker ranker = world.rank(directory.resolve("ranker"), 2);
        ranker.network().close();

        Slate slate = world.pipeline().run(explained("u1"), Deadline.none()).slate();

        assertEquals("rank", slate.degradations().getFirst().stage());
        assertTrue(
                slate.degradations().getFirst().reason().contains("closed"),
                slate.degradations().toString());
        assertEquals(model.version(), slate.model());
        assertNull(slate.entries().getFirst().why().probabilities().get("click"));
        Map<ItemId, Float> values = new HashMap<>();
        before.entries()
                .forEach(entry -> values.put(entry.item(), entry.why().parts().get("model")));
        slate.entries().forEach(entry -> {
            Float known = values.get(entry.item());
            if (known != null) {
                assertEquals(known, entry.why().parts().get("model"), 1e-4f, "the dot product's part");
            }
        });
    }

    @Test
    void lateRanker_degradesToTheModel_andTheAnswerSaysSo() throws IOException {
        world.rank(directory.resolve("ranker"), 2);

        Slate slate = world.pipeline()
                .run(explained("u1"), Deadline.after(Duration.ZERO))
                .slate();

        assertTrue(
                slate.degradations().stream()
                        .anyMatch(degradation -> degradation.stage().equals("rank")),
                slate.degradations().toString());
        assertEquals("", slate.model());
        assertEquals(10, slate.entries().size());
    }

    @Test
    void reranking_withALiveRanker_asksIt() throws IOException {
        LiveRanker ranker = world.rank(directory.resolve("ranker"), 2);

        Slate slate = world.pipeline()
                .rerank(new UserId("u1"), List.of(new ItemId("i1"), new ItemId("i2")), true, Deadline.none());

        assertEquals(ranker.version(), slate.model());
        assertTrue(slate.entries().getFirst().why().probabilities().containsKey("click"));
    }

    @Test
    void reranking_ofItemsThatNobodyKnows_logsWhatWasForetoldOfTheOthers() throws IOException {
        world.rank(directory.resolve("ranker"), 2);

        world.pipeline()
                .rerank(new UserId("u1"), List.of(new ItemId("nobody's"), new ItemId("i2")), true, Deadline.none());

        List<Event.SlateEntry> logged = world.served.getLast().entries();
        assertTrue(logged.get(0).probabilities().containsKey("click"));
        assertEquals(Map.of(), logged.get(1).probabilities());
    }

    @Test
    void newItem_afterTheRankerWentLive_isRanked() throws IOException {
        world.rank(directory.resolve("ranker"), 2);
        world.addItem("fresh", "t1");

        Slate slate = world.pipeline()
                .rerank(new UserId("u1"), List.of(new ItemId("fresh"), new ItemId("i2")), true, Deadline.none());

        assertEquals(2, slate.entries().size());
        assertTrue(slate.entries().stream()
                .allMatch(entry -> entry.why().probabilities().containsKey("click")));
    }

    @Test
    void answer_withItemsThatTheRankerHasNoRoomFor_saysSo() throws IOException {
        long forAThird = 2L * (8 * Float.BYTES + 9) * (TestWorld.ITEMS / 3);
        try (TieredStore store = TieredStore.open(directory.resolve("store"), StoreConfig.defaults(), List.of())) {
            LiveRanker ranker = world.rank(
                    directory.resolve("ranker"), 2, new StoredVectors(store, StoredVectors.RANKER_LABEL, forAThird));

            Slate slate = world.pipeline().run(explained("u1"), Deadline.none()).slate();
            assertEquals("rank", slate.degradations().getFirst().stage());
            assertTrue(
                    slate.degradations().getFirst().reason().contains("store.ranker-vectors.memory"),
                    slate.degradations().toString());
            assertEquals(ranker.version(), slate.model(), "it ranked all the same");
            assertTrue(ranker.network().candidatesWithoutRoom() > 0);

            Slate known = world.pipeline()
                    .rerank(new UserId("u1"), List.of(new ItemId("i1"), new ItemId("i2")), true, Deadline.none());
            assertEquals(List.of(), known.degradations());
            world.rankers.close();
        }
    }

    @Test
    void ranker_ofAnotherFeature_isRefusedWithTheReason() throws IOException {
        Map<String, String> meanings =
                new HashMap<>(FeatureSchema.standard(world.state.config()).meanings());
        meanings.put("item_clicks", "numeric v0: clicks of another kind");
        MultiTaskBundle bundle = world.ranker(directory.resolve("ranker"), 2, meanings);

        BundleRefusedException refused = assertThrows(
                BundleRefusedException.class,
                () -> LiveRanker.load(
                        bundle,
                        world.state,
                        InferenceConfig.defaults(),
                        ActionWorth.defaults(),
                        MemoryVectors.defaults()));

        assertEquals(Reason.OLDER_SCHEMA, refused.reason());
        assertTrue(refused.problem().contains("item_clicks"), refused.problem());
        assertTrue(refused.problem().contains("train again"), refused.problem());
    }

    private static double utility(Slate.Entry entry, ActionWorth worth) {
        double sum = 0;
        for (var action : List.of(ActionType.CLICK, ActionType.COMPLAINT)) {
            String name = action.name().toLowerCase(Locale.ROOT);
            sum += entry.why().probabilities().get(name) * worth.of(action);
        }
        return Math.max(1e-4, sum);
    }

    private static float addends(Slate.Entry entry) {
        float sum = 0;
        for (float part : entry.why().parts().values()) {
            sum += part;
        }
        return sum;
    }

    private static Query explained(String user) {
        return new Query(new UserId(user), "home", 10, Map.of(), new Filter.All(), List.of(), List.of(), false, true);
    }
}
