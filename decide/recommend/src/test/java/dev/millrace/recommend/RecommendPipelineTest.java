package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Query;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.retrieval.NextItemVotes;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

class RecommendPipelineTest {
    private final TestWorld world = new TestWorld();
    private final RecommendPipeline pipeline = world.pipeline();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void run_homeBeforeAModel_followsTheUsersTopics() {
        Slate slate = run(TestWorld.query("u1", "home", 10));
        assertEquals("", slate.model());
        assertEquals("home", slate.arm());
        assertEquals(10, slate.entries().size());
        assertEquals(List.of(), slate.degradations());
        long ownTopic = slate.entries().stream()
                .filter(entry -> number(entry.item()) % TestWorld.TOPICS == 1)
                .count();
        assertTrue(ownTopic >= 6, ownTopic + " of 10 in the user's own topic");
    }

    @Test
    void run_homeWithAModel_isScoredByIt() throws IOException {
        world.goLive(directory.resolve("a"), 1);
        Slate slate = run(TestWorld.query("u1", "home", 10));
        assertEquals(world.models.version(), slate.model());
        assertEquals(List.of(), slate.degradations());
        assertEquals(10, slate.entries().size());
        assertTrue(slate.stages().stream().anyMatch(stage -> stage.stage().equals("score-by-model")));
    }

    @Test
    void run_anyScenario_neverShowsSeenExcludedDeletedOrDouble() throws IOException {
        world.goLive(directory.resolve("a"), 1);
        Set<String> forbidden = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            world.act("u3", "i" + i * 5, ActionType.IMPRESSION);
            forbidden.add("i" + i * 5);
        }
        for (int i = 1; i < 20; i++) {
            world.deleteItem("i" + i * 7);
            forbidden.add("i" + i * 7);
        }
        List<ItemId> exclude = List.of(new ItemId("i2"), new ItemId("i4"), new ItemId("nobody-knows-it"));
        exclude.forEach(item -> forbidden.add(item.value()));
        for (String scenario : pipeline.scenarios()) {
            Slate slate = run(TestWorld.query("u3", scenario, 50, new Filter.All(), exclude));
            assertEquals(50, slate.entries().size(), scenario);
            Set<String> shown = new HashSet<>();
            for (Slate.Entry entry : slate.entries()) {
                assertFalse(forbidden.contains(entry.item().value()), scenario + " showed " + entry.item());
                assertTrue(shown.add(entry.item().value()), scenario + " showed twice " + entry.item());
                assertTrue(entry.propensity() > 0 && entry.propensity() <= 1, entry.toString());
                assertFalse(entry.reason().isBlank());
                assertFalse(entry.sources().isEmpty());
            }
        }
    }

    @Test
    void run_withARidge_proposesWhatItVotesForAndSaysSo() {
        // Whatever the user turned to, it votes for an item that nobody has met: no other source knows it.
        int[] rows = new int[TestWorld.ITEMS];
        int unmet = TestWorld.ITEMS - 1;
        world.ridge.replace(new NextItemVotes("v", 1, 0.8f, 20, rows, new int[] {unmet}, new float[] {1}));
        assertTrue(sourcesOf("i" + unmet, pipeline).contains("ridge"));
        RecommendConfig.Limits without = new RecommendConfig.Limits(250, 100, 80, 50, 20, 0);
        assertFalse(sourcesOf("i" + unmet, world.pipeline(withLimits(without), stage -> stage))
                .contains("ridge"));
    }

    /** Who proposed an item to a user; nobody where it is not in the answer. */
    private static List<String> sourcesOf(String item, RecommendPipeline pipeline) {
        return pipeline.run(TestWorld.query("u1", "home", 100), Deadline.none()).slate().entries().stream()
                .filter(entry -> entry.item().value().equals(item))
                .flatMap(entry -> entry.sources().stream())
                .toList();
    }

    private static RecommendConfig withLimits(RecommendConfig.Limits limits) {
        RecommendConfig defaults = RecommendConfig.defaults();
        return new RecommendConfig(
                limits,
                defaults.withRanker(),
                defaults.withModel(),
                defaults.withoutModel(),
                defaults.diversity(),
                defaults.exploration(),
                defaults.memory());
    }

    @Test
    void run_narrowFilter_isFilledFromTheCatalogue() {
        Filter filter =
                new Filter.And(List.of(new Filter.HasTopic("t5"), new Filter.Not(new Filter.Between("number", 0, 99))));
        Slate slate = run(TestWorld.query("u1", "home", 20, filter, List.of()));
        assertEquals(20, slate.entries().size());
        for (Slate.Entry entry : slate.entries()) {
            assertEquals(5, number(entry.item()) % TestWorld.TOPICS);
            assertTrue(number(entry.item()) >= 100);
        }
    }

    @Test
    void run_filterThatNothingMatches_isEmptyAndSaysWhy() {
        Slate slate = run(TestWorld.query("u1", "home", 5, new Filter.HasTopic("unknown"), List.of()));
        assertEquals(List.of(), slate.entries());
        assertEquals("last-resort", slate.degradations().getFirst().stage());
    }

    @Test
    void run_userWhoHasSeenEverything_isNotLeftEmpty() {
        for (int i = 0; i < 200; i++) {
            world.deleteItem("i" + i);
        }
        for (int i = 200; i < TestWorld.ITEMS; i++) {
            world.act("u1", "i" + i, ActionType.IMPRESSION);
        }
        Slate slate = run(TestWorld.query("u1", "home", 5));
        assertEquals(5, slate.entries().size());
        assertEquals("last-resort", slate.degradations().getFirst().stage());
    }

    @Test
    void run_unknownUser_getsAnAnswerInEachScenario() {
        for (String scenario : pipeline.scenarios()) {
            assertEquals(
                    10, run(TestWorld.query("stranger", scenario, 10)).entries().size(), scenario);
        }
    }

    @Test
    void run_popularity_isTheOrderOfPopularityForEveryone() {
        List<ItemId> first = items(run(TestWorld.query("stranger", "popularity", 10)));
        assertEquals(first, items(run(TestWorld.query("another", "popularity", 10))));
    }

    @Test
    void run_random_drawsEvenlyWithItsPropensity() {
        world.addUser("r");
        int[] shown = new int[TestWorld.ITEMS];
        int rounds = 3_000;
        for (int i = 0; i < rounds; i++) {
            for (Slate.Entry entry : run(TestWorld.query("r", "random", 10)).entries()) {
                assertEquals(1f / TestWorld.ITEMS, entry.propensity(), 1e-6f);
                shown[(int) number(entry.item())]++;
            }
        }
        double expected = rounds * 10.0 / TestWorld.ITEMS;
        for (int count : shown) {
            assertEquals(expected, count, 6 * Math.sqrt(expected));
        }
    }

    @Test
    void run_boost_liftsWhatMatches() {
        Query plain = TestWorld.query("u1", "home", 10);
        Query boosted = new Query(
                plain.user(),
                "home",
                10,
                Map.of(),
                new Filter.All(),
                List.of(new Query.Boost(new Filter.HasTopic("t4"), 1000)),
                List.of(),
                false,
                true);
        Slate slate = run(boosted);
        assertEquals(4, number(slate.entries().getFirst().item()) % TestWorld.TOPICS);
        Map<String, Float> parts = slate.entries().getFirst().why().parts();
        assertEquals(Math.log(1000), parts.getOrDefault("boost", 0f), 1e-4);
        double sum = parts.values().stream().mapToDouble(Float::doubleValue).sum();
        assertEquals(sum, slate.entries().getFirst().score(), 1e-4, "the parts add up to the score");
    }

    @Test
    void run_servedSlate_isLoggedOnceAndExplained() {
        Slate slate = run(TestWorld.query("u1", "home", 5));
        assertTrue(slate.entries().getFirst().why().parts().isEmpty(), "parts are for those who ask");
        assertEquals(1, world.served.size());
        Event.SlateServed served = world.served.getFirst();
        assertEquals(slate.id(), served.recommendation());
        assertEquals("home", served.arm());
        assertEquals(
                items(slate),
                served.entries().stream().map(Event.SlateEntry::item).toList());
        ServedAnswer explanation = pipeline.explain(slate.id()).orElseThrow();
        assertEquals(new UserId("u1"), explanation.user());
        assertFalse(explanation.slate().entries().getFirst().why().parts().isEmpty());
        assertTrue(pipeline.explain(new RecommendationId("other")).isEmpty());
    }

    @Test
    void run_dryRun_leavesNoTrace() {
        Query query = TestWorld.query("u1", "home", 5);
        Query dry = new Query(query.user(), "home", 5, Map.of(), new Filter.All(), List.of(), List.of(), true, false);
        Slate slate = run(dry);
        assertEquals(5, slate.entries().size());
        assertEquals(List.of(), world.served);
        assertTrue(pipeline.explain(slate.id()).isEmpty());
    }

    @Test
    void run_unknownScenario_namesTheKnownOnes() {
        String message = String.valueOf(
                assertThrows(InvalidValueException.class, () -> run(TestWorld.query("u1", "somewhere", 5)))
                        .getMessage());
        assertTrue(message.contains("home, popularity, random"), message);
    }

    @Test
    void nextPage_followed_neverRepeatsAndEnds() {
        Set<ItemId> shown = new HashSet<>();
        Answer answer = pipeline.run(TestWorld.query("stranger", "home", 40), Deadline.none());
        int pages = 0;
        for (String next = answer.next(); next != null; next = answer.next()) {
            items(answer.slate()).forEach(item -> assertTrue(shown.add(item), "twice: " + item));
            answer = pipeline.nextPage(next, 40, Deadline.none());
            assertTrue(++pages < 20, "the pages end");
        }
        shown.addAll(items(answer.slate()));
        assertTrue(shown.size() >= TestWorld.ITEMS, "all items come: " + shown.size());
    }

    @Test
    void nextPage_unknownCursor_isNotFound() {
        MillraceException failure =
                assertThrows(MillraceException.class, () -> pipeline.nextPage("abc", 10, Deadline.none()));
        assertEquals(ErrorCode.NOT_FOUND, failure.code());
    }

    @Test
    void similar_withALiveModel_namesItAndItsReasonsNameNoUser() throws IOException {
        String version = world.goLive(directory.resolve("similar"), 1).version();
        Slate slate = pipeline.similar(new ItemId("i8"), 10, new Filter.All(), Deadline.none());
        assertEquals(version, slate.model());
        assertFalse(slate.entries().isEmpty());
        for (Slate.Entry entry : slate.entries()) {
            assertFalse(entry.reason().contains("you"), entry.reason());
        }
    }

    @Test
    void rerank_ofAList_canBeExplained() {
        Slate slate = pipeline.rerank(new UserId("u1"), List.of(new ItemId("i1")), false, Deadline.none());
        ServedAnswer explanation = pipeline.explain(slate.id()).orElseThrow();
        assertTrue(pipeline.describe(explanation.scenario()).contains("pipeline rerank"));
    }

    @Test
    void query_withAFilterOfTooManyComparisons_isRefused() {
        List<AttributeValue> values = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            values.add(new AttributeValue.Numeric(i));
        }
        Filter in = new Filter.In("year", values);
        assertThrows(
                InvalidValueException.class,
                () -> pipeline.similar(new ItemId("i8"), 10, new Filter.Or(List.of(in, in)), Deadline.none()));
    }

    @Test
    void similar_toAnItem_givesItsTopicWithoutItself() {
        Slate slate = pipeline.similar(new ItemId("i8"), 10, new Filter.All(), Deadline.none());
        assertFalse(items(slate).contains(new ItemId("i8")));
        long sameTopic = slate.entries().stream()
                .filter(entry -> number(entry.item()) % TestWorld.TOPICS == 2)
                .count();
        assertTrue(sameTopic >= 8, sameTopic + " of the item's topic");
        assertThrows(
                MillraceException.class,
                () -> pipeline.similar(new ItemId("none"), 10, new Filter.All(), Deadline.none()));
    }

    @Test
    void rerank_givenItems_returnsAllWithTheUnknownLast() throws IOException {
        world.goLive(directory.resolve("a"), 1);
        List<ItemId> items =
                List.of(new ItemId("i9"), new ItemId("unknown"), new ItemId("i1"), new ItemId("i7"), new ItemId("i3"));
        Slate slate = pipeline.rerank(new UserId("u1"), items, true, Deadline.none());
        assertEquals(Set.copyOf(items), Set.copyOf(items(slate)));
        assertEquals(new ItemId("unknown"), slate.entries().getLast().item());
        assertEquals(0, slate.entries().getLast().score());
        assertNotNull(slate.entries().getFirst().why().parts().get("model"));
    }

    @Test
    void run_newItem_isFoundAtOnceWithAndWithoutAModel() throws IOException {
        world.addItem("fresh1", "t1");
        assertTrue(isProposed("fresh1"));
        world.goLive(directory.resolve("a"), 1);
        world.addItem("fresh2", "t1");
        assertTrue(isProposed("fresh2"));
        int ordinal = world.state.catalog().ordinal(new ItemId("fresh2"));
        var model = assertPresent(world.models.acquire());
        float[] row = new float[model.dimension()];
        assertTrue(model.vectors().get(ordinal, MemorySegment.ofArray(row), 0));
        assertNotEquals(0, row[0]);
        model.release();
    }

    private boolean isProposed(String item) {
        Filter onlyThis = new Filter.And(List.of(
                new Filter.HasTopic("t1"),
                new Filter.Between("number", world.state.appliedOffset() - 1, world.state.appliedOffset() - 1)));
        Slate slate = run(TestWorld.query("u1", "home", 5, onlyThis, List.of()));
        return items(slate).equals(List.of(new ItemId(item)))
                && !slate.entries().getFirst().sources().contains("last-resort");
    }

    private static <T> T assertPresent(@Nullable T value) {
        assertNotNull(value);
        return value;
    }

    private Slate run(Query query) {
        Answer answer = pipeline.run(query, Deadline.none());
        if (answer.slate().entries().size() < query.count()) {
            assertNull(answer.next());
        }
        return answer.slate();
    }

    private static List<ItemId> items(Slate slate) {
        return slate.entries().stream().map(Slate.Entry::item).toList();
    }

    private static long number(ItemId item) {
        return Long.parseLong(item.value().substring(1));
    }
}
