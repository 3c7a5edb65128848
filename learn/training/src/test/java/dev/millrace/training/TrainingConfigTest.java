package dev.millrace.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.training.network.ModelShape;
import org.junit.jupiter.api.Test;

import java.time.Duration;

class TrainingConfigTest {
    @Test
    void preset_unknownName_namesTheKnownOnes() {
        InvalidValueException refused = assertThrows(InvalidValueException.class, () -> TrainingConfig.preset("huge"));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("demo, good, teacher or student"), refused.getMessage());
    }

    @Test
    void shape_headsThatDoNotDivide_areRefused() {
        assertThrows(InvalidValueException.class, () -> ModelShape.transformer(64, 2, 3, 50));
    }

    @Test
    void isRidgeAffordable_largeCatalogueOrSmallBudget_isNot() {
        assertTrue(WarmStart.isRidgeAffordable(3416, TrainingConfig.demo()));
        assertEquals(false, WarmStart.isRidgeAffordable(12_001, TrainingConfig.good()));
        assertEquals(
                false, WarmStart.isRidgeAffordable(8_000, TrainingConfig.demo().withCpuBudget(Duration.ofSeconds(20))));
    }

    @Test
    void learningRate_overARun_risesThenFalls() {
        LearningRate rate = new LearningRate(LearningPlan.standard(), 5, 100);
        assertEquals(3e-3 / 200, rate.at(0, 5), 1e-4);
        assertTrue(rate.at(250, 12) > 2.5e-3);
        assertEquals(0.02 * 3e-3, rate.at(5000, 100), 1e-9);
    }
}
