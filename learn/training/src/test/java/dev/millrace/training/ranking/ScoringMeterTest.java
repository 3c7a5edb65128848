package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ScoringMeterTest {
    @Test
    void metrics_workedByHand_agree() {
        ScoringMeter meter = new ScoringMeter();
        meter.add(1, 0.9f, true);
        meter.add(1, 0.8f, false);
        meter.add(1, 0.3f, true);
        meter.add(2, 0.5f, false);
        meter.add(2, 0.5f, true);
        ScoringMetrics metrics = meter.metrics();
        // Pairs: 0.9 beats 0.8 and 0.5; 0.3 beats none; 0.5 ties 0.5 and loses to 0.8: 2.5 of 6.
        assertEquals(2.5 / 6, metrics.auc(), 1e-12);
        // User 1: 1 of 2 pairs, weight 3. User 2: a tie, weight 2.
        assertEquals((0.5 * 3 + 0.5 * 2) / 5, metrics.gauc(), 1e-12);
        assertEquals(5, metrics.impressions());
    }

    @Test
    void metrics_usersWithOneKindOnly_countInAucAlone() {
        ScoringMeter meter = new ScoringMeter();
        meter.add(1, 0.2f, true);
        meter.add(2, 0.1f, false);
        assertEquals(1, meter.metrics().auc(), 1e-12);
        assertTrue(Double.isNaN(meter.metrics().gauc()));
    }

    @Test
    void metrics_manyImpressions_growTheirMemory() {
        ScoringMeter meter = new ScoringMeter();
        for (int i = 0; i < 5000; i++) {
            meter.add(i % 7, i, i >= 2500);
        }
        assertEquals(1, meter.metrics().auc(), 1e-12);
        assertEquals(1, meter.metrics().gauc(), 1e-12);
    }
}
