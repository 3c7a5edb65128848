package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.WholeSnapshotRequest;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.delta.ModelDelta.Cause;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.training.ServedState;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class OnlineLearnerTest extends OnlineLearning {
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
            FeedbackJoin all = join();
            read(all, 0);
            FeedbackJoin behind = join();
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

    private static FeedbackJoin join() {
        return new FeedbackJoin(10_000, new ForetoldSlates(Duration.ZERO, 1, _ -> null), Long.MAX_VALUE);
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
