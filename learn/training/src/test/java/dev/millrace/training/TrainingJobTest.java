package dev.millrace.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.PublishedModel;
import dev.millrace.models.Registry;
import dev.millrace.models.RidgeBundle;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.bundle.ParityCheck;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.distill.DistillationPlan;
import dev.millrace.training.network.MixingKind;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.ridge.RidgePlan;
import dev.millrace.training.ridge.SequentialRidge;
import dev.millrace.training.work.WorkLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

class TrainingJobTest {
    @TempDir
    Path directory;

    private KeyConfig keys() {
        Path keys = directory.resolve("keys");
        return new KeyConfig(keys, null, keys.resolve("master.key"), false);
    }

    @Test
    void runOnDataset_firstModel_goesLiveAndAnswersAsTrained() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(300);
        TrainingOutcome outcome = job(Duration.ofSeconds(4)).runOnDataset(data, models(), work(), Map.of("a", "b"));
        TrainingOutcome.Published published = assertInstanceOf(TrainingOutcome.Published.class, outcome);
        assertTrue(published.promoted());
        Bundle live = new Registry(models()).live().orElseThrow();
        assertEquals(published.version(), live.version());
        assertEquals(TrainingFixtures.ITEMS, live.vocabulary().size());
        assertEquals("b", live.manifest().facts().lineage().get("a"));
        assertTrue(live.curve().size() >= 2);
        assertFalse(Files.exists(work().resolve("checkpoint.bin")), "the next run must not continue this one");
    }

    @Test
    void runOnDataset_worseThanLive_isPublishedButNotPromoted() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(300);
        TrainingOutcome good = job(Duration.ofSeconds(6)).runOnDataset(data, models(), work(), Map.of());
        TrainingOutcome bad = job(Duration.ofMillis(1)).runOnDataset(data, models(), work(), Map.of());
        assertFalse(assertInstanceOf(TrainingOutcome.Published.class, bad).promoted());
        assertEquals(
                assertInstanceOf(TrainingOutcome.Published.class, good).version(),
                new Registry(models()).liveVersion());
    }

    @Test
    void runOnDataset_damagedLive_isReplaced() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(50);
        job(Duration.ofSeconds(2)).runOnDataset(data, models(), work(), Map.of());
        Files.writeString(new Registry(models()).live().orElseThrow().encoder(), "cut");
        TrainingOutcome outcome = job(Duration.ofMillis(1)).runOnDataset(data, models(), work(), Map.of());
        TrainingOutcome.Published published = assertInstanceOf(TrainingOutcome.Published.class, outcome);
        assertTrue(published.promoted());
        assertEquals(
                published.version(), new Registry(models()).live().orElseThrow().version());
    }

    @Test
    void runOnDataset_manyVersions_keepsTheNewestAndTheLiveOnes() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(50);
        Registry registry = new Registry(models());
        List<String> versions = new ArrayList<>();
        for (int seed = 0; seed < 13; seed++) {
            Path bundle = directory.resolve("bundle" + seed);
            ModelExport.writeChecked(randomModel(seed), data, config(), Map.of(), bundle);
            versions.add(registry.publish(bundle).version());
        }
        registry.promote(versions.get(0));
        registry.promote(versions.get(1));
        TrainingOutcome outcome = job(Duration.ofSeconds(2)).runOnDataset(data, models(), work(), Map.of());
        TrainingOutcome.Published published = assertInstanceOf(TrainingOutcome.Published.class, outcome);
        List<String> kept = registry.list().stream()
                .filter(model -> !RidgeBundle.isRidge(model.manifest()))
                .map(PublishedModel::version)
                .toList();
        assertTrue(kept.size() <= 12, kept.size() + " are kept");
        assertTrue(kept.contains(published.version()) && kept.contains(versions.get(1)));
        assertFalse(kept.contains(versions.get(2)), "neither live nor new");
    }

    @Test
    void runOnDataset_affordable_publishesARidgeFirst() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(50);
        job(Duration.ofSeconds(2)).runOnDataset(data, models(), work(), Map.of("a", "b"));
        Registry registry = new Registry(models());
        Bundle bundle =
                registry.open(Objects.requireNonNull(registry.liveRidge())).orElseThrow();
        assertEquals("b", bundle.manifest().facts().lineage().get("a"));
        RidgeBundle.Votes votes = RidgeBundle.read(bundle);
        assertEquals(data.vocabulary(), votes.vocabulary().items());
        int[][] learnt = HoldOut.of(data, TrainingFixtures.SEED).learnt();
        try (SequentialRidge ridge = SequentialRidge.fit(learnt, data.itemCount())) {
            float[] right = new float[data.itemCount()];
            for (int target = 0; target < data.itemCount(); target++) {
                ridge.votesFor(target, right);
                for (int item = 0; item < data.itemCount(); item++) {
                    float served = served(votes, item, target);
                    assertTrue(served == 0 || served == right[item], item + " for " + target);
                    assertTrue(served != 0 || right[item] <= weakest(votes, item), item + " for " + target);
                }
            }
        }
        assertTrue(registry.manifest(registry.liveVersion())
                .created()
                .isAfter(bundle.manifest().created()));
    }

    @Test
    void runOnDataset_ridgeThatFindsLessThanTheLiveOne_isPublishedWithFiguresAndNotLive() throws IOException {
        job(Duration.ofSeconds(2)).runOnDataset(TrainingFixtures.walks(300), models(), work(), Map.of());
        Registry registry = new Registry(models());
        String good = Objects.requireNonNull(registry.liveRidge());
        assertTrue(registry.manifest(good).facts().metrics().get("recall") > 0.9);

        // It learns from one step of each user, and is asked for the same.
        SequenceDataset less = cut(TrainingFixtures.walks(300));
        job(Duration.ofSeconds(2)).runOnDataset(less, models(), work(), Map.of("run", "poor"));

        assertEquals(good, registry.liveRidge());
        Map<String, Double> figures = registry.list().stream()
                .filter(model -> RidgeBundle.isRidge(model.manifest()) && !model.live())
                .map(model -> model.manifest().facts().metrics())
                .findFirst()
                .orElseThrow();
        assertTrue(figures.get("recall") < figures.get("recallOfLive") - 0.01, figures::toString);
        assertTrue(figures.get("recall") >= figures.get("recallOfPopular"), figures::toString);

        TrainingConfig lenient = TrainingFixtures.config(Duration.ofSeconds(2))
                .withRidge(RidgePlan.standard().withMostLoss(1));
        new TrainingJob(TrainingRole.ALONE, lenient, ProgressListener.none())
                .runOnDataset(less, models(), work(), Map.of("run", "lenient"));
        assertNotEquals(good, registry.liveRidge(), "a loss that is allowed");
        assertEquals(good, registry.rollBackRidge());
    }

    /** It learnt from the very actions by which the new one is measured: it would win for ever. */
    @Test
    void runOnDataset_liveRidgeOfBeforeTheGate_isNoRival() throws IOException {
        job(Duration.ofSeconds(2)).runOnDataset(TrainingFixtures.walks(300), models(), work(), Map.of());
        Registry registry = new Registry(models());
        Bundle good =
                registry.open(Objects.requireNonNull(registry.liveRidge())).orElseThrow();
        Path folder = directory.resolve("before");
        RidgeBundle.write(folder, RidgeBundle.read(good), Map.of(), Map.of("run", "before"));
        String before = registry.publish(folder).version();
        registry.promote(before);
        assertEquals(before, registry.liveRidge());

        job(Duration.ofSeconds(2)).runOnDataset(cut(TrainingFixtures.walks(300)), models(), work(), Map.of());

        String live = Objects.requireNonNull(registry.liveRidge());
        assertNotEquals(before, live);
        assertFalse(registry.manifest(live).facts().metrics().containsKey("recallOfLive"));
    }

    /** Each user's newest three actions. */
    private static SequenceDataset cut(SequenceDataset whole) {
        int[][] newest = Arrays.stream(whole.sequences())
                .map(sequence -> Arrays.copyOfRange(sequence, sequence.length - 3, sequence.length))
                .toArray(int[][]::new);
        return new SequenceDataset(whole.vocabulary(), newest);
    }

    private static float served(RidgeBundle.Votes votes, int item, int target) {
        for (int i = item * votes.perItem(); i < (item + 1) * votes.perItem(); i++) {
            if (votes.targets()[i] == target) {
                return votes.strengths()[i];
            }
        }
        return 0;
    }

    /** An item's last vote where all its places are taken, else 0: what is weaker may be missing. */
    private static float weakest(RidgeBundle.Votes votes, int item) {
        int last = (item + 1) * votes.perItem() - 1;
        return votes.targets()[last] < 0 ? 0 : votes.strengths()[last];
    }

    @Test
    void writeChecked_randomWeights_agreeWithTheTrainer() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(50);
        TrainedModel model = randomModel(1);
        Bundle bundle = ModelExport.writeChecked(model, data, config(), Map.of(), directory.resolve("bundle"));
        assertTrue(ModelExport.difference(model, bundle, data) < 1e-5);
    }

    @Test
    void difference_otherWeights_isFound() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(50);
        Bundle bundle = ModelExport.writeChecked(randomModel(1), data, config(), Map.of(), directory.resolve("b"));
        TrainedModel other = randomModel(1);
        other.weights()[other.layout().slot(SequenceLayout.FINAL_SHIFT).offset()] += 1e-3f;
        assertTrue(ModelExport.difference(other, bundle, data) > ParityCheck.LIMIT);
    }

    @Test
    void runOnDataDirectory_logBeingWritten_learnsFromWhatIsThere() throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(events(TrainingFixtures.walks(100))).join();
            TrainingOutcome outcome = job(Duration.ofSeconds(3)).runOnDataDirectory(directory, keys());
            assertInstanceOf(TrainingOutcome.Published.class, outcome);
            Bundle live = new Registry(models()).live().orElseThrow();
            assertEquals("0", live.manifest().facts().lineage().get("logBegin"));
            assertEquals(
                    Long.toString(log.end()), live.manifest().facts().lineage().get("logEnd"));
        }
    }

    @Test
    void runOnDataDirectory_emptyLog_saysWhatIsMissing() throws IOException {
        SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())
                .close();
        TrainingOutcome outcome = job(Duration.ofSeconds(1)).runOnDataDirectory(directory, keys());
        String reason = assertInstanceOf(TrainingOutcome.TooLittleToLearn.class, outcome)
                .reason();
        assertTrue(reason.contains("0 items"), reason);
    }

    @Test
    void runOnDataDirectory_logGrewWhileStopped_continuesOnTheSameSample() throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(events(TrainingFixtures.walks(100))).join();
            long end = log.end();
            ProgressListener interrupter = progress -> {
                if (progress.phase() == TrainingPhase.WARM_START) {
                    Thread.currentThread().interrupt();
                }
            };
            TrainingOutcome first = new TrainingJob(
                            TrainingRole.ALONE, TrainingFixtures.config(Duration.ofSeconds(4)), interrupter)
                    .runOnDataDirectory(directory, keys());
            assertTrue(Thread.interrupted());
            assertInstanceOf(TrainingOutcome.Interrupted.class, first);
            log.append(events(TrainingFixtures.walks(1)).getFirst()).join();
            assertInstanceOf(
                    TrainingOutcome.Published.class, job(Duration.ofSeconds(4)).runOnDataDirectory(directory, keys()));
            Bundle live = new Registry(models()).live().orElseThrow();
            assertEquals(Long.toString(end), live.manifest().facts().lineage().get("logEnd"));
        }
    }

    @Test
    void runOnDataset_teacherThenStudents_keepsTheTeacherForThem() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(300);
        TrainingConfig large = TrainingFixtures.config(Duration.ofSeconds(4))
                .withRidge(RidgePlan.standard().withRank(16));
        TrainingConfig small = TrainingFixtures.config(Duration.ofSeconds(4))
                .withShape(config().shape().withItemDimension(8).withReach(4))
                .withDistillation(DistillationPlan.standard());

        MillraceException lonely = assertThrows(
                MillraceException.class,
                () -> job(TrainingRole.STUDENT, small).runOnDataset(data, models(), work(), Map.of()));
        TrainingOutcome.Published teacher = published(job(TrainingRole.TEACHER, large), data);
        assertEquals(ErrorCode.NOT_FOUND, lonely.code());
        assertTrue(new Registry(models()).live().isEmpty(), "a teacher is not served");

        TrainingOutcome.Published student = published(job(TrainingRole.STUDENT, small), data);
        assertTrue(student.promoted());
        assertTrue(student.ndcg10() > 0.5, "NDCG@10 " + student.ndcg10());
        Bundle live = new Registry(models()).live().orElseThrow();
        assertEquals(List.of(teacher.version()), live.manifest().facts().parents());
        assertEquals("student", live.manifest().facts().lineage().get("role"));
        assertEquals(8, live.dimension());

        TrainingConfig convolution = small.withShape(small.shape().withMixing(MixingKind.CONVOLUTION))
                .withSeed(5);
        assertTrue(published(job(TrainingRole.STUDENT, convolution), data).ndcg10() > 0.3);
    }

    private TrainingOutcome.Published published(TrainingJob job, SequenceDataset data) throws IOException {
        return assertInstanceOf(TrainingOutcome.Published.class, job.runOnDataset(data, models(), work(), Map.of()));
    }

    private static TrainingJob job(TrainingRole role, TrainingConfig config) {
        return new TrainingJob(role, config, ProgressListener.none());
    }

    @Test
    void acquire_workDirectoryInUse_isRefused() throws IOException {
        try (WorkLock _ = WorkLock.acquire(work())) {
            MillraceException refused = assertThrows(MillraceException.class, () -> WorkLock.acquire(work()));
            assertEquals(ErrorCode.CONFLICT, refused.code());
        }
        WorkLock.acquire(work()).close();
    }

    @Test
    void runOnDataDirectory_noLog_saysWhatToDo() {
        MillraceException refused = assertThrows(
                MillraceException.class, () -> job(Duration.ofSeconds(1)).runOnDataDirectory(directory, keys()));
        assertEquals(ErrorCode.NOT_FOUND, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains("import"), refused.getMessage());
    }

    private static List<Event> events(SequenceDataset data) {
        List<Event> events = new ArrayList<>();
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        for (int user = 0; user < data.userCount(); user++) {
            for (int item : data.sequences()[user]) {
                int number = events.size();
                events.add(new Event.Action(
                        new EventId("e" + number),
                        start.plusSeconds(number),
                        new UserId("u" + user),
                        data.vocabulary().get(item),
                        ActionType.CLICK,
                        1,
                        null));
            }
        }
        return events;
    }

    private static TrainedModel randomModel(long seed) {
        SequenceLayout layout = new SequenceLayout(config().shape(), TrainingFixtures.ITEMS);
        Random random = new Random(seed);
        float[] weights = new float[layout.length()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (0.3 * random.nextGaussian());
        }
        return new TrainedModel(
                TrainingFixtures.vocabulary(TrainingFixtures.ITEMS),
                layout,
                weights,
                null,
                new TrainedModel.Course(0, 0, 0, List.of()));
    }

    private static TrainingConfig config() {
        return TrainingFixtures.config(Duration.ofSeconds(1));
    }

    private static TrainingJob job(Duration budget) {
        return new TrainingJob(TrainingRole.ALONE, TrainingFixtures.config(budget), ProgressListener.none());
    }

    private Path models() {
        return directory.resolve("models");
    }

    private Path work() {
        return directory.resolve("work");
    }
}
