package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RankingMeterTest {
    @Test
    void metrics_workedByHand_agree() {
        RankingMeter meter = new RankingMeter();
        meter.add(0); // gains 1
        meter.add(2); // 1 / log2(4) = 0.5
        meter.add(9); // 1 / log2(11) = 0.28906
        meter.add(10); // 1 / log2(12) = 0.27894, beyond the first ten
        meter.add(199); // 1 / log2(201) = 0.13070, beyond the first fifty
        meter.add(200); // beyond all depths
        RankingMetrics metrics = meter.metrics();
        assertEquals(6, metrics.cases());
        assertEquals(1 / 6.0, metrics.hr1(), 1e-12);
        assertEquals(3 / 6.0, metrics.hr10(), 1e-12);
        assertEquals(4 / 6.0, metrics.hr50(), 1e-12);
        assertEquals(5 / 6.0, metrics.hr200(), 1e-12);
        assertEquals((1 + 0.5 + 0.28906) / 6, metrics.ndcg10(), 1e-5);
        assertEquals((1 + 0.5 + 0.28906 + 0.27894) / 6, metrics.ndcg50(), 1e-5);
        assertEquals((1 + 0.5 + 0.28906 + 0.27894 + 0.13070) / 6, metrics.ndcg200(), 1e-5);
    }

    @Test
    void metrics_nothingAdded_areZero() {
        assertEquals(new RankingMetrics(0, 0, 0, 0, 0, 0, 0, 0), new RankingMeter().metrics());
    }
}
