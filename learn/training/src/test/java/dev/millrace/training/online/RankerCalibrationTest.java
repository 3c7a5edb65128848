package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.delta.LogOdds;
import dev.millrace.training.online.RankerCalibration.Outcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;

class RankerCalibrationTest {
    private static final long SEED = 23;
    private static final Duration FREEZE = Duration.ofMinutes(5);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final RankerCalibration calibration = new RankerCalibration(FREEZE);
    private long millis = 1_000_000;
    private long everyMillis = 10_000;

    /** Impressions whose log-odds are off by so much, told with what is believed at the time; the last thing that was wrong. */
    private @Nullable String live(int impressions, double off, boolean isHeldOut) {
        String wrong = null;
        for (int i = 0; i < impressions; i++) {
            String found = live(off, calibration.offset("click"), isHeldOut);
            wrong = found == null ? wrong : found;
        }
        return wrong;
    }

    private @Nullable String live(double off, double added, boolean isHeldOut) {
        millis += everyMillis;
        double untouched = 0.1 + 0.6 * random.nextDouble();
        boolean followed = random.nextDouble() < LogOdds.shifted(untouched, off);
        Outcome outcome = new Outcome("click", LogOdds.shifted(untouched, added), added, followed, millis);
        return calibration.observe(outcome, isHeldOut, millis);
    }

    /** Held-out impressions that do not do what is believed, until it is put back. */
    private String untilWrong() {
        String wrong = null;
        for (int i = 0; wrong == null; i++) {
            wrong = live(-0.5, calibration.offset("click"), true);
            assertTrue(i < 4_000, "it is not put back; seed " + SEED);
        }
        return wrong;
    }

    @Test
    void ratesThatMove_areFollowed() {
        assertNull(live(10_000, -0.4, false));
        assertEquals(-0.4, calibration.offset("click"), 0.12, "seed " + SEED);
        assertNull(live(10_000, 0.3, false));
        assertEquals(0.3, calibration.offset("click"), 0.12, "seed " + SEED);
        assertEquals(0, calibration.offset("like"), "nothing was seen of it");
    }

    @Test
    void oneImpression_movesLittle() {
        Outcome outcome = new Outcome("click", 1e-6, 0, true, millis);
        calibration.observe(outcome, false, millis);
        assertTrue(Math.abs(calibration.offset("click")) <= 0.05, "it is " + calibration.offset("click"));
    }

    @Test
    void robots_moveItWithinItsBound() {
        for (int i = 0; i < 100_000; i++) {
            calibration.observe(new Outcome("click", 0.01, 0, true, millis++), false, millis);
        }
        assertTrue(calibration.offset("click") <= 1.5, "it is " + calibration.offset("click"));
    }

    @Test
    void heldOutUsers_areNotLearntFrom() {
        assertNull(live(10_000, 0.5, true));
        assertEquals(0, calibration.offset("click"));
    }

    @Test
    void whatMakesItWorse_isPutBackAndFrozen() {
        live(5_000, 0.5, false);
        assertTrue(calibration.offset("click") > 0.3, "seed " + SEED);
        assertNull(calibration.wrong(millis));
        String wrong = untilWrong();
        assertTrue(wrong.contains("click"), wrong);
        assertEquals(wrong, calibration.wrong(millis + FREEZE.toMillis() - 1), "told for as long as it is frozen");
        assertNull(calibration.wrong(millis + FREEZE.toMillis()));
        assertEquals(0, calibration.offset("click"));

        everyMillis = 0;
        live(1_000, 0.5, false);
        assertEquals(0, calibration.offset("click"), "it is frozen");
        everyMillis = FREEZE.toMillis();
        live(10_000, 0.5, false);
        assertTrue(calibration.offset("click") > 0.3, "it goes on after the freeze; seed " + SEED);
    }

    @Test
    void whatHelps_isNeverPutBack() {
        for (int i = 0; i < 50; i++) {
            assertNull(live(400, 0.3, false), "seed " + SEED);
            assertNull(live(100, 0.3, true), "seed " + SEED);
        }
    }

    /** What was told before a roll-back says nothing of what is told since. */
    @Test
    void slatesOfBeforeARollBack_doNotCauseAnother() {
        live(5_000, 0.5, false);
        assertNotNull(untilWrong());
        long before = millis - 1;
        for (int i = 0; i < 10_000; i++) {
            Outcome late = new Outcome("click", 0.9, 1, random.nextInt(10) == 0, before - i);
            assertNull(calibration.observe(late, true, millis));
        }
    }

    @Test
    void published_longAfterTheLastImpression_isForgottenByAThird() {
        live(5_000, 0.5, false);
        double believed = calibration.offset("click");
        long later = millis + Duration.ofDays(7).toMillis();
        Float published = calibration.offsets(later).get("click");
        assertNotNull(published);
        assertEquals(believed * Math.exp(-1), published, 1e-3, "seed " + SEED);
    }

    @Test
    void restore_ofWhatWasPublished_goesOnFromIt() {
        live(5_000, 0.5, false);
        Map<String, Float> published = calibration.offsets(millis);
        RankerCalibration other = new RankerCalibration(FREEZE);
        other.restore(published, millis);
        assertEquals(calibration.offset("click"), other.offset("click"), 1e-6);
        other.restore(Map.of(), millis);
        assertEquals(0, other.offset("click"));
    }
}
