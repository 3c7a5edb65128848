package dev.millrace.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.models.BundleManifest;
import dev.millrace.models.Registry;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.ranking.RankerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;

class RankerJobTest {
    @TempDir
    private Path directory;

    private final Random random = new Random(5);
    private long next;

    /** Whether a user clicks an item more often than not. */
    private BiPredicate<Integer, Integer> taste = (user, item) -> item % 3 == user % 3;

    @Test
    void rankers_oneAfterTheOther_goLiveOnlyWithImpressionsThatTheLiveOneHasNotSeen() throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(slates(500)).join();
            TrainingOutcome.RankerPublished first = assertInstanceOf(
                    TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));
            assertNull(first.objection());
            assertTrue(first.metrics().get("auc.click") > 0.6, first.metrics().toString());
            Registry registry = new Registry(directory.resolve("models"));
            assertEquals(first.version(), registry.liveRanker());
            assertManifest(registry.manifest(first.version()), log.end());

            TrainingOutcome.TooLittleToLearn none = assertInstanceOf(
                    TrainingOutcome.TooLittleToLearn.class, job().runOnDataDirectory(directory, keys()));
            assertTrue(none.reason().contains("since the live ranker learnt"), none.reason());

            log.appendAll(slates(150)).join();
            TrainingOutcome.RankerPublished worse = assertInstanceOf(
                    TrainingOutcome.RankerPublished.class, job(1e-7, 1).runOnDataDirectory(directory, keys()));
            assertNotNull(worse.objection(), worse.metrics().toString());
            assertEquals(first.version(), registry.liveRanker());

            taste = (user, item) -> item % 2 == 0;
            log.appendAll(slates(500)).join();
            TrainingOutcome.RankerPublished better = assertInstanceOf(
                    TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));
            assertNull(better.objection());
            assertEquals(better.version(), registry.liveRanker());
        }
    }

    @Test
    void ranker_withTooFewClicksSinceTheLiveOne_isNotLearnt() throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(slates(500)).join();
            assertInstanceOf(TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));

            taste = (user, item) -> false;
            log.appendAll(slates(60)).join();
            String reason = assertInstanceOf(
                            TrainingOutcome.TooLittleToLearn.class, job().runOnDataDirectory(directory, keys()))
                    .reason();

            assertTrue(reason.contains("were followed by a CLICK; at least 100"), reason);
        }
    }

    @Test
    void log_thatRetentionCutShort_isNotLearntFrom() throws IOException {
        EventLogConfig small =
                new EventLogConfig(4096, Duration.ZERO, 100_000, 65_536, 1 << 20, 20_000, EventLogConfig.KEEP_FOREVER);
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), small)) {
            log.protectFrom(Long.MAX_VALUE);
            for (int i = 0; i < 30; i++) {
                log.appendAll(slates(10)).join();
            }
            assertTrue(log.begin() > 0);

            String reason = assertInstanceOf(
                            TrainingOutcome.TooLittleToLearn.class, job().runOnDataDirectory(directory, keys()))
                    .reason();

            assertTrue(reason.contains("begins at event " + log.begin()), reason);
        }
    }

    @Test
    void ranker_thatForetellsWorseThanTheRate_isNotLive() throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(slates(250)).join();
            // The part that is kept back says the opposite of what is learnt.
            taste = (user, item) -> item % 3 != user % 3;
            log.appendAll(slates(50)).join();
        }

        TrainingOutcome.RankerPublished first =
                assertInstanceOf(TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));

        assertNotNull(first.objection(), first.metrics().toString());
        assertTrue(first.objection().contains("no better than by its rate"), first.objection());
        assertNull(new Registry(directory.resolve("models")).liveRanker());
    }

    @Test
    void log_withoutEnoughImpressions_saysHowManyAreNeeded() throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(slates(20)).join();
        }

        String reason = assertInstanceOf(
                        TrainingOutcome.TooLittleToLearn.class, job().runOnDataDirectory(directory, keys()))
                .reason();

        assertTrue(reason.contains("200 impressions; at least 2000"), reason);
    }

    private static void assertManifest(BundleManifest manifest, long logEnd) {
        assertEquals("multi-task-ranker", manifest.kind());
        assertEquals(Long.toString(logEnd), manifest.facts().lineage().get("logEnd"));
        assertEquals(
                FeatureSchema.standard(FeaturesConfig.defaults()).meanings(),
                manifest.facts().features());
        assertNotNull(manifest.facts().metrics().get("ece.click"));
    }

    private KeyConfig keys() {
        Path keys = directory.resolve("keys");
        return new KeyConfig(keys, null, keys.resolve("master.key"), false);
    }

    private static RankerJob job() {
        return job(1e-2, 4);
    }

    private static RankerJob job(double learningRate, int epochs) {
        RankerConfig config = new RankerConfig(
                List.of(ActionType.CLICK, ActionType.LIKE),
                8,
                List.of(16),
                5,
                10,
                new RankerConfig.Learning(128, learningRate, 0, epochs, 3, false));
        return new RankerJob(new RankerPlan(config, 20_000, 2_000), FeaturesConfig.defaults(), sentence -> {});
    }

    /** Slates of ten items, of which those of the user's topic are clicked most. */
    private List<Event> slates(int count) {
        List<Event> events = new ArrayList<>();
        for (int item = 0; next == 0 && item < 60; item++) {
            events.add(new Event.ItemUpserted(
                    new EventId("item" + item),
                    Instant.EPOCH,
                    new Item(new ItemId("i" + item), "Title", List.of("t" + item % 3), Map.of(), Instant.EPOCH, true)));
        }
        for (int slate = 0; slate < count; slate++) {
            events.addAll(slate("s" + next++));
        }
        return events;
    }

    private List<Event> slate(String id) {
        int user = random.nextInt(30);
        RecommendationId slate = new RecommendationId(id);
        List<Event.SlateEntry> entries = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        Instant now = Instant.ofEpochSecond(next * 10);
        int first = random.nextInt(60);
        for (int i = 0; i < 10; i++) {
            ItemId item = new ItemId("i" + (first + 7 * i) % 60);
            entries.add(new Event.SlateEntry(item, 1, 1, "topics"));
            events.add(action(id, user, item, ActionType.IMPRESSION, now.plusSeconds(1), slate));
            if (random.nextDouble() < (taste.test(user, (first + 7 * i) % 60) ? 0.6 : 0.05)) {
                events.add(action(id, user, item, ActionType.CLICK, now.plusSeconds(2), slate));
            }
        }
        events.addFirst(
                new Event.SlateServed(new EventId(id), now, new UserId("u" + user), slate, "home", "", entries));
        return events;
    }

    private static Event action(
            String id, int user, ItemId item, ActionType type, Instant time, RecommendationId slate) {
        return new Event.Action(new EventId(id + type + item), time, new UserId("u" + user), item, type, 1, slate);
    }
}
