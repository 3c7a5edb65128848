package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.WholeSnapshotRequest;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.FloatMap;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.training.ServedState;
import dev.millrace.training.work.ReplayStarts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A learner on a real registry and model, with an audience that clicks by known rates. */
class OnlineLearnerTest {
    private static final int ITEMS = 30;
    private static final int USERS = 200;
    private static final long SEED = 17;
    private static final String RANKER = "0123456789abcdef9999";
    private static final Duration CALIBRATION_WINDOW = Duration.ofMinutes(2);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final MemoryEventLog log = new MemoryEventLog();
    private final double[] rates = new double[ITEMS];
    private long millis = 1_700_000_000_000L;
    private long events;
    private Registry registry;
    private String live;
    private @Nullable KeyTable keys;

    @TempDir
    private Path directory;

    @BeforeEach
    void goLive() throws IOException {
        registry = new Registry(directory.resolve("models"));
        live = publish(1);
        for (int i = 0; i < ITEMS; i++) {
            rates[i] = 0.2;
            Item item = new Item(
                    new ItemId("i" + i), "", List.of("t" + i % 3), Map.of(), Instant.ofEpochMilli(millis), true);
            log.append(new Event.ItemUpserted(id(), Instant.ofEpochMilli(millis), item));
        }
    }

    private String publish(long seed) throws IOException {
        Path folder = directory.resolve("bundle" + seed);
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        BundleWriter.write(
                folder,
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, 8, 2, 1, 5), seed),
                        vocabulary,
                        Instant.EPOCH.plusSeconds(seed),
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        String version = registry.publish(folder).version();
        registry.promote(version);
        return version;
    }

    private EventId id() {
        return new EventId("e" + events++);
    }

    private OnlineLearner learner() throws IOException {
        return learner(log);
    }

    private OnlineLearner learner(ReadableEventLog from) throws IOException {
        OnlineConfig config = new OnlineConfig(
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                1_000,
                200,
                CALIBRATION_WINDOW,
                0.3f);
        return new OnlineLearner(
                from,
                new ReplayStarts(directory, keys),
                registry,
                config,
                Files.createDirectories(directory.resolve("work")),
                () -> millis);
    }

    private ModelDelta delta() throws IOException {
        String version = registry.deltaVersion();
        assertNotNull(version);
        return DeltaBundle.read(registry.open(version).orElseThrow());
    }

    /** Slates of the newest delta for a time; a click is drawn by the item's rate, or always. */
    private void entertain(OnlineLearner learner, Duration time, boolean robots) throws Exception {
        long end = millis + time.toMillis();
        while (millis < end) {
            for (int i = 0; i < 40; i++) {
                millis += 25;
                show(robots);
            }
            work(learner);
        }
    }

    private static void work(OnlineLearner learner) throws Exception {
        while (learner.doWork() > 0) {
            // to the end of the log
        }
    }

    private void show(boolean robots) throws IOException {
        UserId user = new UserId("u" + random.nextInt(USERS));
        RecommendationId slate = new RecommendationId("r" + events);
        List<Event.SlateEntry> entries = new ArrayList<>();
        int first = random.nextInt(ITEMS);
        for (int place = 0; place < 6; place++) {
            ItemId item = new ItemId("i" + (first + place * 5) % ITEMS);
            FloatMap told = foretold == 0
                    ? FloatMap.EMPTY
                    : FloatMap.of(new String[] {"click"}, new float[] {(float) LogOdds.shifted(foretold, added)});
            entries.add(new Event.SlateEntry(item, 0, 1, "topics", told));
        }
        Instant now = Instant.ofEpochMilli(millis);
        String by = slates++ % 20 == 0 && !inNeed.isEmpty() ? inNeed : label;
        log.append(new Event.SlateServed(id(), now, user, slate, "home", by, entries));
        for (Event.SlateEntry entry : entries) {
            log.append(new Event.Action(id(), now, user, entry.item(), ActionType.IMPRESSION, 1, slate));
            int item = Integer.parseInt(entry.item().value().substring(1));
            if (robots || random.nextDouble() < rates[item]) {
                log.append(new Event.Action(id(), now, user, entry.item(), ActionType.CLICK, 1, slate));
            }
        }
    }

    /** What the server would say that it answers with; it follows within a second. */
    private String label = "";
    /** Where it is not empty, every twentieth slate says this instead. */
    private String inNeed = "";

    /** What the ranker alone foretells of a click on any item; 0 where there is none. */
    private double foretold;
    /** What the delta that is followed adds to its log-odds. */
    private float added;

    private long slates;

    private void follow() throws IOException {
        label = delta().label();
    }

    @Test
    void model_thatGoesLive_beginsWithAnEmptyDelta() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            assertEquals(1, delta().sequence());
            assertEquals(Cause.BEGIN, delta().cause());
            assertEquals(List.of(), delta().items());

            String next = publish(2);
            work(learner);
            assertEquals(next, delta().parent());
            assertEquals(1, delta().sequence());
            assertEquals(List.of(), delta().items());
        }
    }

    @Test
    void taste_thatChanges_isPublishedWithinAMinute() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            entertain(learner, Duration.ofSeconds(30), false);
            rates[7] = 0.8;
            rates[8] = 0.02;
            long changed = millis;
            while (bias("i7") < 0.5 || bias("i8") > -0.3) {
                entertain(learner, Duration.ofSeconds(1), false);
                assertTrue(millis - changed < 60_000, () -> "not within a minute; seed " + SEED);
            }
            assertEquals(Cause.LEARNED, delta().cause());
            assertEquals(OnlineStatus.State.LEARNING, learner.status().state());
        }
    }

    private float bias(String item) throws IOException {
        return delta().items().stream()
                .filter(change -> change.item().value().equals(item))
                .findFirst()
                .map(change -> change.bias())
                .orElse(0f);
    }

    @Test
    void clicksOfRobots_freezeLearningAndPutAnEarlierStateBack() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            entertain(learner, Duration.ofSeconds(60), false);
            follow();
            entertain(learner, Duration.ofSeconds(30), true);

            OnlineStatus status = learner.status();
            assertEquals(OnlineStatus.State.FROZEN, status.state(), status.message());
            assertTrue(status.message().contains("jumped"), status::message);
            assertEquals(1, status.rollBacks());
            assertEquals(Cause.ROLLED_BACK, delta().cause());
            assertTrue(delta().items().stream().allMatch(change -> change.bias() < 0.5), "no robot's click is left");
            long learned = status.learned();
            entertain(learner, Duration.ofSeconds(60), true);
            assertEquals(learned, learner.status().learned(), "frozen");

            entertain(learner, Duration.ofMinutes(5), false);
            follow();
            entertain(learner, Duration.ofSeconds(60), false);
            assertEquals(
                    OnlineStatus.State.LEARNING,
                    learner.status().state(),
                    learner.status().message());
            assertTrue(learner.status().learned() > learned, "it goes on after the freeze");
        }
    }

    @Test
    void ranker_thatGoesLive_isLearntBeside() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            entertain(learner, Duration.ofSeconds(30), false);
            follow();
            label = label + "+" + RANKER;
            rates[7] = 0.8;
            entertain(learner, Duration.ofSeconds(60), false);
            assertTrue(bias("i7") > 0.5, () -> "seed " + SEED);
            assertEquals(0, learner.status().rollBacks(), learner.status().message());
        }
    }

    @Test
    void ranker_thatIsLiveAtARestart_isLearntBesideFromItsFirstSlateOn() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            label = label + "+" + RANKER;
            entertain(learner, Duration.ofSeconds(60), false);
            assertFalse(delta().heads().values().isEmpty(), () -> "seed " + SEED);
            assertEquals(RANKER, delta().heads().ranker());
        }
        try (OnlineLearner learner = learner()) {
            work(learner);
            label = delta().label() + "+" + RANKER;
            entertain(learner, Duration.ofSeconds(12), false);
            assertTrue(learner.status().learned() > 0, () -> "seed " + SEED);
            assertEquals(0, learner.status().skipped(), "slates of the ranker that the delta names");
        }
    }

    @Test
    void ranker_thatIsMissedNowAndThen_doesNotEndLearning() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            inNeed = label;
            label = label + "+" + RANKER;
            entertain(learner, Duration.ofSeconds(60), false);
            long sequence = delta().sequence();
            assertTrue(sequence > 1, () -> "seed " + SEED);
            assertTrue(learner.status().skipped() > 0);
            entertain(learner, Duration.ofSeconds(30), false);
            assertTrue(delta().sequence() > sequence, () -> "seed " + SEED);
        }
    }

    /** It foretells a click of 0.3 where 0.2 follow; what is added answers for the difference, once all has come that may. */
    @Test
    void ranker_thatForetellsTooMuch_isCorrectedOnceTheWindowIsOver() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            followRanked();
            foretold = 0.3;
            entertain(learner, CALIBRATION_WINDOW, false);
            assertEquals(0f, offset(), "no outcome is known yet");

            for (int i = 0; i < 15; i++) {
                followRanked();
                entertain(learner, Duration.ofSeconds(20), false);
            }
            assertEquals(0.2, LogOdds.shifted(0.3, offset()), 0.02, "seed " + SEED);
            assertEquals(0, learner.status().rollBacks(), learner.status().message());
            assertEquals(Map.of(), delta().heads().offsetsOf("another"), "they hold for that ranker alone");
        }
        try (OnlineLearner learner = learner()) {
            work(learner);
            followRanked();
            float before = offset();
            entertain(learner, Duration.ofSeconds(30), false);
            assertEquals(before, offset(), 0.01f, "a restart goes on from what was published");
        }
    }

    private void followRanked() throws IOException {
        label = delta().label() + "+" + RANKER;
        added = offset();
    }

    private float offset() throws IOException {
        return delta().heads().offsetsOf(RANKER).getOrDefault("click", 0f);
    }

    @Test
    void log_thatRetentionHasShortened_isNotLearntFromAndTheTrainedModelAnswers() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            rates[7] = 0.8;
            entertain(learner, Duration.ofSeconds(60), false);
            assertFalse(delta().items().isEmpty());
        }
        long sequence = delta().sequence();
        try (OnlineLearner learner = learner(shortened())) {
            work(learner);
            assertEquals(OnlineStatus.State.WAITING, learner.status().state());
            assertTrue(
                    learner.status().message().contains("no whole snapshot"),
                    learner.status().message());
            assertTrue(
                    learner.status().message().contains("snapshot.whole-events is 0"),
                    learner.status().message());
            assertTrue(
                    new WholeSnapshotRequest(directory.resolve("snapshots")).isPlaced(Instant.now()),
                    "the server was not asked for one");
            assertEquals(sequence + 1, delta().sequence());
            assertEquals(List.of(), delta().items());
        }
    }

    @Test
    void log_thatRetentionHasShortened_isLearntFromBehindAWholeSnapshot() throws Exception {
        try (KeyTable table = keyConfig().open(Clock.system());
                ServedState served = new ServedState(directory, table)) {
            keys = table;
            try (OnlineLearner learner = learner()) {
                work(learner);
                follow();
                entertain(learner, Duration.ofSeconds(60), false);
            }
            ReadableEventLog shortened = shortened();
            try (OnlineLearner learner = learner(shortened)) {
                work(learner);
                assertEquals(OnlineStatus.State.WAITING, learner.status().state(), "there is none yet");
                long offset = served.snapshot(log);
                millis += 10_000;
                work(learner);
                assertEquals(OnlineStatus.State.LEARNING, learner.status().state());
                follow();
                rates[7] = 0.8;
                entertain(learner, Duration.ofSeconds(60), false);
                assertTrue(bias("i7") > 0.5, () -> "seed " + SEED);
                assertTrue(delta().logOffset() > offset);
            }
            long sequence = delta().sequence();
            try (OnlineLearner learner = learner(shortened)) {
                work(learner);
                assertEquals(sequence, delta().sequence(), "what is live stays live");
                follow();
                entertain(learner, Duration.ofSeconds(30), false);
                assertTrue(delta().sequence() > sequence, () -> "seed " + SEED);
                assertTrue(bias("i7") > 0.5, () -> "seed " + SEED);
            }
        }
    }

    /** What waits for feedback is forgotten with them; others are learnt from as ever. */
    @Test
    void erasedUsers_areNotLearntFrom() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            showAndRead(learner);
            learner.forget(IntStream.range(0, USERS)
                    .mapToObj(user -> SubjectId.of("u" + user))
                    .collect(Collectors.toSet()));
            millis += 20_000;
            showAndRead(learner);
            assertEquals(0, learner.status().learned());

            millis += 20_000;
            showAndRead(learner);
            assertTrue(learner.status().learned() > 0, () -> "seed " + SEED);
        }
    }

    private void showAndRead(OnlineLearner learner) throws Exception {
        for (int i = 0; i < 40; i++) {
            show(false);
        }
        work(learner);
    }

    /** Users' histories and the items' topics are what the whole log would have told. */
    @Test
    void start_withAWholeSnapshot_knowsWhatTheWholeLogTells() throws Exception {
        try (KeyTable table = keyConfig().open(Clock.system());
                ServedState served = new ServedState(directory, table)) {
            label = "m";
            for (int i = 0; i < 300; i++) {
                show(false);
            }
            long offset = served.snapshot(log);
            for (int i = 0; i < 50; i++) {
                show(false);
            }
            FeedbackJoin all = new FeedbackJoin(10_000, 0, Long.MAX_VALUE);
            read(all, 0);
            FeedbackJoin behind = new FeedbackJoin(10_000, 0, Long.MAX_VALUE);
            behind.begin(WholeSnapshot.in(directory.resolve("snapshots"), new PersonalCipher(table))
                    .getFirst());
            read(behind, offset);
            int actions = 0;
            for (int user = 0; user < USERS; user++) {
                UserId id = new UserId("u" + user);
                assertEquals(all.historyOf(id), behind.historyOf(id));
                actions += all.historyOf(id).size();
            }
            assertTrue(actions > 100, () -> "too little to compare; seed " + SEED);
            for (int item = 0; item < ITEMS; item++) {
                ItemId id = new ItemId("i" + item);
                assertEquals(all.topics().of(id), behind.topics().of(id));
                assertFalse(all.topics().of(id).isEmpty());
            }
            UserId erased = new UserId("u5");
            behind.forgetIf(erased::equals);
            assertEquals(List.of(), behind.historyOf(erased));
        }
    }

    private void read(FeedbackJoin join, long from) {
        try (LogReader reader = log.read(from)) {
            while (reader.poll(join, 1_000) > 0) {
                // to the end of the log
            }
        }
    }

    private KeyConfig keyConfig() {
        Path folder = directory.resolve("keys");
        return new KeyConfig(folder, null, folder.resolve("master.key"), false);
    }

    private ReadableEventLog shortened() {
        return new ReadableEventLog() {
            @Override
            public long begin() {
                return 10;
            }

            @Override
            public long end() {
                return log.end();
            }

            @Override
            public LogReader read(long fromOffset) {
                return log.read(fromOffset);
            }

            @Override
            public void close() {
                // the log is the test's
            }
        };
    }

    @Test
    void learner_thatDied_goesOnFromItsLastDelta() throws Exception {
        long sequence;
        float bias;
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            rates[7] = 0.8;
            entertain(learner, Duration.ofSeconds(60), false);
            sequence = delta().sequence();
            bias = bias("i7");
        }
        try (OnlineLearner learner = learner()) {
            work(learner);
            assertEquals(sequence, delta().sequence(), "what is live stays live");
            follow();
            entertain(learner, Duration.ofSeconds(30), false);
            assertTrue(delta().sequence() > sequence);
            assertTrue(bias("i7") > bias / 2, () -> "it was " + bias + "; seed " + SEED);
        }
    }

    @Test
    void job_onADataDirectory_clearsWhatADeadOneLeft_publishes_tellsHowItGoes_andEnds() throws Exception {
        Path left = Files.createDirectories(directory.resolve("online").resolve("half-written"));
        Files.writeString(left.resolve("items.txt"), "\"i1\"\n");
        SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())
                .close();
        KeyConfig keyConfig = keyConfig();
        CountDownLatch end = new CountDownLatch(1);
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> job = thread.submit(() -> {
                new OnlineJob(OnlineConfig.defaults()).run(directory, keyConfig, end);
                return null;
            });
            Path status = directory.resolve("online").resolve(OnlineJob.STATUS);
            long began = System.nanoTime();
            while (!Files.exists(status) && !job.isDone()) {
                assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(60));
                LockSupport.parkNanos(1_000_000);
            }
            end.countDown();
            job.get(60, TimeUnit.SECONDS);
            assertTrue(Files.readString(status).contains("state=LEARNING"), Files.readString(status));
        }
        assertFalse(Files.exists(left));
        assertEquals(Cause.BEGIN, delta().cause());
    }

    @Test
    void reset_byAnOperator_isFollowedAndPausesLearning() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            follow();
            rates[7] = 0.8;
            entertain(learner, Duration.ofSeconds(60), false);
            registry.resetDelta(directory.resolve("reset"));
            follow();
            entertain(learner, Duration.ofSeconds(30), false);
            assertEquals(Cause.RESET, delta().cause());
            assertEquals(OnlineStatus.State.FROZEN, learner.status().state());
        }
    }

    @Test
    void model_thatCannotBeOpened_isWaitedOut() throws Exception {
        Bundle bundle = registry.open(live).orElseThrow();
        Files.write(bundle.directory().resolve("items.txt"), new byte[] {1});
        try (OnlineLearner learner = learner()) {
            work(learner);
            assertEquals(OnlineStatus.State.WAITING, learner.status().state());
            assertNull(registry.deltaVersion());
            publish(2);
            work(learner);
            assertEquals(OnlineStatus.State.LEARNING, learner.status().state());
        }
    }
}
