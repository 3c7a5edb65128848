package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.DeltaBundle;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Slates that a ranker ordered, and what corrects its probabilities. */
class RankedLearningTest extends OnlineLearning {
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

    /** It foretells a click of 0.3 where 0.2 follow; what is added answers for the difference. */
    @Test
    void ranker_thatForetellsTooMuch_isCorrected() throws Exception {
        try (OnlineLearner learner = learner()) {
            work(learner);
            followRanked();
            foretold = 0.3;
            for (int i = 0; i < 21; i++) {
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

    /** What is right stays, although clicks come at once and impressions only after the time in which biases are learnt. */
    @Test
    void ranker_whoseImpressionsAreReportedLate_isJudgedByAllSlatesAlike() throws Exception {
        late = Duration.ofSeconds(30);
        assertStays();
    }

    /** As its training counts them. */
    @Test
    void ranker_whoseClicksNameNoRecommendation_isJudgedByThem() throws Exception {
        namesNone = true;
        assertStays();
    }

    private void assertStays() throws Exception {
        foretold = 0.2;
        try (OnlineLearner learner = learner()) {
            work(learner);
            for (int i = 0; i < 21; i++) {
                followRanked();
                entertain(learner, Duration.ofSeconds(20), false);
            }
            followRanked();
            assertTrue(delta().heads().offsetsOf(RANKER).containsKey("click"), "nothing was learnt of it");
            assertEquals(0.2, LogOdds.shifted(0.2, offset()), 0.02, "seed " + SEED);
            assertEquals(0, learner.status().foretoldLeftOut());
        }
    }

    /** Nobody would know why it answers alone, if the next thing that is learnt were told in place of it. */
    @Test
    void correctionThatIsPutBack_isToldWhileItIsFrozen() throws Exception {
        publishCorrection(1);
        foretold = 0.2;
        try (OnlineLearner learner = learner()) {
            work(learner);
            followRanked();
            assertEquals(1, added);
            entertain(learner, CALIBRATION_WINDOW.plusSeconds(120), false);
            assertEquals(1, learner.status().rollBacks());
            assertEquals(Cause.LEARNED, delta().cause(), "something was learnt since");
            String message = learner.status().message();
            assertTrue(message.contains("foretells the action click"), message);
        }
    }

    @Test
    void correctionOfTheRankerAlone_thatNobodyWatches_isWithdrawn() throws Exception {
        publishCorrection(0.5f);
        try (OnlineLearner learner = learner(shortened())) {
            assertEquals(OnlineStatus.State.WAITING, learner.status().state());
            assertEquals(3, delta().sequence());
            assertTrue(delta().changesNothing());
        }
    }

    private void publishCorrection(float offset) throws IOException {
        ModelDelta.Heads heads = new ModelDelta.Heads(RANKER, new TreeMap<>(), new TreeMap<>(Map.of("click", offset)));
        ModelDelta correction =
                new ModelDelta(live, 2, Cause.LEARNED, 0, new float[8], List.of(), new TreeMap<>(), heads);
        Path folder = directory.resolve("correction");
        DeltaBundle.write(folder, correction, Map.of());
        registry.publishDelta(folder);
    }

    private void followRanked() throws IOException {
        label = delta().label() + "+" + RANKER;
        added = offset();
    }

    private float offset() throws IOException {
        return delta().heads().offsetsOf(RANKER).getOrDefault("click", 0f);
    }
}
