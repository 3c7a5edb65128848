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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

class RankerJobTest {
    private static final RankerPlan PLAN = new RankerPlan(
            new RankerConfig(
                    List.of(ActionType.CLICK, ActionType.LIKE),
                    8,
                    List.of(16),
                    5,
                    10,
                    new RankerConfig.Learning(128, 1e-2, 0, 4, 3)),
            20_000,
            2_000);

    @TempDir
    private Path directory;

    private final Random random = new Random(5);
    private long next;

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
            TrainingOutcome.RankerPublished second = assertInstanceOf(
                    TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));
            // Whether it is better is chance here; where it is not, the reason is said and the live one stays.
            assertEquals(second.objection() == null ? second.version() : first.version(), registry.liveRanker());
        }
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
        return new RankerJob(PLAN, FeaturesConfig.defaults(), sentence -> {});
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
            if (random.nextDouble() < ((first + 7 * i) % 60 % 3 == user % 3 ? 0.6 : 0.1)) {
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
