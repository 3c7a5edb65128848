package dev.millrace.recommend.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;

import java.util.Map;

/** Every expected number was worked out by hand from the formulas in the glossary of each part. */
class ValueModelTest {
    @Test
    void relativeScores_best_isZeroAndTheOthersBelow() {
        float[] into = new float[3];
        ValueModel.relativeScores(new float[] {-2, 3, 1}, 3, into);
        assertArrayEquals(new float[] {-5, 0, -2}, into);
    }

    @Test
    void meanClickRate_smoothed_startsAtOneInTwenty() {
        assertEquals(0.05f, ValueModel.meanClickRate(new float[2], new float[2], 2), 1e-7f);
        // (18 + 1) / (75 + 20)
        assertEquals(0.2f, ValueModel.meanClickRate(new float[] {8, 10}, new float[] {25, 50}, 2), 1e-7f);
    }

    @Test
    void clickRateLift_moreClicksThanTheMean_isPositive() {
        // (10 + 20 · 0.1) / (20 + 20) = 0.3, three times the mean
        assertEquals(Math.log(3), ValueModel.clickRateLift(10, 20, 0.1f), 1e-6);
        assertEquals(0, ValueModel.clickRateLift(0, 0, 0.1f), 1e-6, "an item that was never shown proves nothing");
        // 2 / 40 = 0.05, half the mean
        assertEquals(Math.log(0.5), ValueModel.clickRateLift(0, 20, 0.1f), 1e-6);
    }

    @Test
    void clickRateLift_clicksWithoutImpressions_isNoRateAboveOne() {
        assertEquals(Math.log(1 / 0.5), ValueModel.clickRateLift(1e9f, 0, 0.5f), 1e-3);
    }

    @Test
    void complaintPenalty_oneInAHundred_costsLogTwo() {
        assertEquals(0, ValueModel.complaintPenalty(0, 1000));
        assertEquals(Math.log(2), ValueModel.complaintPenalty(1, 80), 1e-6);
    }

    @Test
    void freshness_halfLife_halves() {
        assertEquals(1, ValueModel.freshness(0));
        assertEquals(0.5, ValueModel.freshness(3), 1e-6);
        assertEquals(1, ValueModel.freshness(-1), "an item from the future is new");
    }

    @Test
    void topicLift_evenTaste_isOne() {
        // 5 of 20 actions on one of 4 topics: (20 + 3) / (20 + 3)
        assertEquals(1, ValueModel.topicLift(5, 20, 4), 1e-6);
        // all 6 actions on one of 10 topics: (60 + 3) / 9
        assertEquals(7, ValueModel.topicLift(6, 6, 10), 1e-6);
        assertEquals(1, ValueModel.topicLift(0, 0, 10), 1e-6);
    }

    @Test
    void topicLift_shownAndPassedOver_isBelowOne() {
        // 2 actions where 1 was to be expected: 2.4 / 1.4
        assertEquals(2.4 / 1.4, ValueModel.topicLift(2, 1f), 1e-6);
        // none where 2 were: 0.4 / 2.4
        assertEquals(0.4 / 2.4, ValueModel.topicLift(0, 2f), 1e-6);
        assertEquals(1, ValueModel.topicLift(0, 0f), 1e-6);
    }

    @Test
    void weights_ofComplaints_countAgainst() {
        assertEquals(-1, ValueWeights.withModel().of(Part.COMPLAINTS));
        assertTrue(ValueWeights.withModel().of(Part.MODEL) > 0);
        assertEquals(0, ValueWeights.withoutModel().of(Part.MODEL));
    }

    @Test
    void weights_fromConfiguration_readKeysAndRefuseNonsense() {
        Configuration given = Configuration.of(Map.of("w.click-rate", "0.25"));
        ValueWeights weights = ValueWeights.from(given, "w", ValueWeights.withModel());
        assertEquals(0.25f, weights.clickRate());
        assertEquals(ValueWeights.withModel().model(), weights.model());
        assertThrows(InvalidValueException.class, () -> new ValueWeights(-1, 0, 0, 0, 0, 0, 0));
    }
}
