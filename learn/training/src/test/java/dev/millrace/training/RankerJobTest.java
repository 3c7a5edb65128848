package dev.millrace.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.eventlog.EventCipher;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.WholeSnapshotRequest;
import dev.millrace.model.ActionType;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.models.BundleManifest;
import dev.millrace.models.Registry;
import dev.millrace.runtime.Clock;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.samples.ImpressionSampler;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.training.work.ReplayStarts;
import dev.millrace.training.work.WorkLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

class RankerJobTest {
    @TempDir
    private Path directory;

    private final Random random = new Random(5);
    private final List<Event> appended = new ArrayList<>();
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
    void log_thatRetentionCutShort_isNotLearntFromWithoutAWholeSnapshot() throws IOException {
        try (KeyTable table = keys().open(Clock.system());
                SegmentEventLog log = shortened(table)) {
            log.protectFrom(Long.MAX_VALUE);
            for (int i = 0; i < 30; i++) {
                log.appendAll(slates(10)).join();
            }
            assertTrue(log.begin() > 0);

            String reason = assertInstanceOf(
                            TrainingOutcome.TooLittleToLearn.class, job().runOnDataDirectory(directory, keys()))
                    .reason();

            assertTrue(reason.contains("begins at event " + log.begin()), reason);
            assertTrue(reason.contains("no whole snapshot"), reason);
            assertTrue(
                    new WholeSnapshotRequest(directory.resolve("snapshots")).isPlaced(Instant.now()),
                    "the server was not asked for one");
        }
    }

    /** As retention does it in another process, which does not wait for readers. */
    @Test
    void log_thatRetentionCutsShortWhileItIsRead_isReadAgainBehindTheNextWholeSnapshot() throws IOException {
        try (KeyTable table = keys().open(Clock.system());
                SegmentEventLog log = shortened(table);
                ServedState served = new ServedState(directory, table)) {
            List<Long> snapshots = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                log.appendAll(slates(40)).join();
                snapshots.add(served.snapshot(log));
            }
            List<String> told = new ArrayList<>();
            RankerJob job = new RankerJob(plan(1e-2, 4), FeaturesConfig.defaults(), sentence -> {
                told.add(sentence);
                if (told.size() == 1) {
                    log.protectFrom(snapshots.get(3));
                    log.appendAll(slates(10)).join();
                }
            });

            TrainingOutcome.RankerPublished ranker =
                    assertInstanceOf(TrainingOutcome.RankerPublished.class, job.runOnDataDirectory(directory, keys()));

            assertTrue(log.begin() > 0, "retention removed nothing");
            assertTrue(told.getFirst().startsWith("Reading "), told::toString);
            assertTrue(told.get(1).contains("where a whole snapshot begins"), told::toString);
            String begin = new Registry(directory.resolve("models"))
                    .manifest(ranker.version())
                    .facts()
                    .lineage()
                    .get("logBegin");
            assertTrue(snapshots.contains(Long.parseLong(begin)), begin + " of " + snapshots);
            assertTrue(Long.parseLong(begin) >= log.begin(), begin);
        }
    }

    @Test
    void log_whoseBeginningGoesFasterThanItIsRead_endsTheTrainingWithWhatToDo() throws IOException {
        try (KeyTable table = keys().open(Clock.system());
                SegmentEventLog log = shortened(table);
                ServedState served = new ServedState(directory, table)) {
            for (int i = 0; i < 5; i++) {
                log.appendAll(slates(40)).join();
            }
            RankerJob job = new RankerJob(plan(1e-2, 4), FeaturesConfig.defaults(), sentence -> {
                long behind;
                try {
                    behind = served.snapshot(log);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                log.protectFrom(behind);
                for (int i = 0; i < 5; i++) {
                    log.appendAll(slates(40)).join();
                }
            });

            MillraceException failed =
                    assertThrows(MillraceException.class, () -> job.runOnDataDirectory(directory, keys()));

            assertEquals(ErrorCode.UNAVAILABLE, failed.code());
            assertTrue(failed.getMessage().contains("before they were read, 3 times"), failed.getMessage());
        }
    }

    /** What it opened would stay open until its process ends, the keys of users in memory. */
    @Test
    void training_whoseDirectoryIsLocked_leavesNothingOpen() throws IOException {
        Path open = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(open), "the system does not say what is open");
        try (KeyTable table = keys().open(Clock.system());
                SegmentEventLog log = shortened(table);
                WorkLock _ = WorkLock.acquire(directory.resolve("training"))) {
            log.appendAll(slates(1)).join();
            long before = openIn(open);
            assertThrows(MillraceException.class, () -> job().runOnDataDirectory(directory, keys()));
            assertEquals(before, openIn(open));
        }
    }

    private long openIn(Path descriptors) throws IOException {
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.filter(descriptor -> {
                        try {
                            return Files.readSymbolicLink(descriptor).startsWith(directory.toRealPath());
                        } catch (IOException e) {
                            return false; // closed since it was listed
                        }
                    })
                    .count();
        }
    }

    @Test
    void log_thatRetentionCutShort_isLearntFromBehindAWholeSnapshot() throws IOException {
        try (KeyTable table = keys().open(Clock.system());
                SegmentEventLog log = shortened(table);
                ServedState served = new ServedState(directory, table)) {
            log.appendAll(slates(200)).join();
            long begun = served.snapshot(log);
            log.protectFrom(begun);
            for (int i = 0; i < 20; i++) {
                log.appendAll(slates(20)).join();
            }
            assertTrue(log.begin() > 0, "retention removed nothing");
            List<ImpressionSample> whole = samples(log, new ReplayStarts(directory, table), log.begin());
            assertTrue(whole.size() > 3_000, () -> "only " + whole.size() + " samples");

            TrainingOutcome.RankerPublished ranker = assertInstanceOf(
                    TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));

            assertNull(ranker.objection());
            assertTrue(ranker.metrics().get("auc.click") > 0.6, ranker.metrics().toString());
            Map<String, String> lineage = new Registry(directory.resolve("models"))
                    .manifest(ranker.version())
                    .facts()
                    .lineage();
            assertEquals(Long.toString(begun), lineage.get("logBegin"));
            assertEquals(Long.toString(log.end()), lineage.get("logEnd"));

            // The catalogue, the counts and half of each history are of before the snapshot.
            List<ImpressionSample> all = samplesOfEverything(begun);
            assertEquals(all.size(), whole.size());
            for (int i = 0; i < all.size(); i++) {
                assertSame(all.get(i), whole.get(i));
            }
        }
    }

    @Test
    void erasedUser_isInNoTrainingBehindASnapshotOfBefore() throws IOException {
        UserId erased = new UserId("u7");
        try (KeyTable table = keys().open(Clock.system());
                SegmentEventLog log = shortened(table);
                ServedState served = new ServedState(directory, table)) {
            log.appendAll(slates(200)).join();
            log.protectFrom(served.snapshot(log));
            for (int i = 0; i < 20; i++) {
                log.appendAll(slates(20)).join();
            }
            assertTrue(log.begin() > 0, "retention removed nothing");
            assertTrue(isIn(samples(log, new ReplayStarts(directory, table), log.begin()), erased));

            table.drop(SubjectId.of(erased.value()));

            // As in a training: another process, which has the keys open to read them.
            KeyTable reading = Objects.requireNonNull(keys().openReadOnly());
            try (ReadableEventLog read = SegmentEventLog.openReadOnly(directory.resolve("log"), reading)) {
                List<ImpressionSample> samples = samples(read, new ReplayStarts(directory, reading), read.begin());
                assertTrue(samples.size() > 3_000);
                assertFalse(isIn(samples, erased));
            }
            assertInstanceOf(TrainingOutcome.RankerPublished.class, job().runOnDataDirectory(directory, keys()));
        }
    }

    private SegmentEventLog shortened(KeyTable table) {
        EventLogConfig small = new EventLogConfig(
                16_384, Duration.ZERO, 100_000, 65_536, 1 << 20, 200_000, EventLogConfig.KEEP_FOREVER);
        return SegmentEventLog.open(directory.resolve("log"), small, new EventCipher(table), 0);
    }

    private static List<ImpressionSample> samples(ReadableEventLog log, ReplayStarts starts, long begin)
            throws IOException {
        List<ImpressionSample> samples = new ArrayList<>();
        FeatureState begun = Objects.requireNonNull(starts.oldest(begin, FeaturesConfig.defaults()));
        long from = begun.appliedOffset();
        replay(log, from, new ImpressionSampler(begun, ImpressionOptions.defaults(), samples::add));
        return samples;
    }

    /** What an uncut log would have given, of impressions from an offset on. */
    private List<ImpressionSample> samplesOfEverything(long from) {
        List<ImpressionSample> samples = new ArrayList<>();
        try (MemoryEventLog uncut = new MemoryEventLog()) {
            uncut.appendAll(appended).join();
            replay(
                    uncut,
                    0,
                    new ImpressionSampler(FeaturesConfig.defaults(), ImpressionOptions.defaults(), samples::add));
        }
        samples.removeIf(sample -> sample.offset() < from);
        return samples;
    }

    private static void replay(ReadableEventLog log, long from, ImpressionSampler sampler) {
        try (LogReader reader = log.read(from)) {
            while (reader.poll(sampler, 1_000) > 0) {
                // to the end of the log
            }
        }
        sampler.finish();
    }

    private static void assertSame(ImpressionSample expected, ImpressionSample actual) {
        String where = expected + ", " + actual;
        assertEquals(expected.user(), actual.user(), where);
        assertEquals(expected.item(), actual.item(), where);
        assertEquals(expected.offset(), actual.offset(), where);
        assertEquals(expected.outcome(), actual.outcome(), where);
        assertEquals(expected.shown(), actual.shown(), where);
        assertArrayEquals(expected.features().numeric(), actual.features().numeric(), where);
        assertArrayEquals(expected.features().history(), actual.features().history(), where);
        assertArrayEquals(expected.features().itemProfile(), actual.features().itemProfile(), where);
        assertArrayEquals(expected.features().userProfile(), actual.features().userProfile(), where);
        assertEquals(expected.features().item(), actual.features().item(), where);
        assertEquals(expected.features().user(), actual.features().user(), where);
    }

    private static boolean isIn(List<ImpressionSample> samples, UserId user) {
        return samples.stream().anyMatch(sample -> sample.user().equals(user));
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
        return new RankerJob(plan(learningRate, epochs), FeaturesConfig.defaults(), sentence -> {});
    }

    private static RankerPlan plan(double learningRate, int epochs) {
        RankerConfig config = new RankerConfig(
                List.of(ActionType.CLICK, ActionType.LIKE),
                8,
                List.of(16),
                5,
                10,
                new RankerConfig.Learning(128, learningRate, 0, epochs, 3, false));
        return new RankerPlan(config, 20_000, 2_000);
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
        appended.addAll(events);
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
