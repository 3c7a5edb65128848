package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.models.CurvePoint;
import dev.millrace.training.TrainingConfig;
import org.junit.jupiter.api.Test;

import java.util.List;

class TrainingRateTest {
    /** Of forty seconds the last twenty went into the last validation: nothing was learnt in them. */
    @Test
    void rate_ofACurve_endsWithTheLastStep() {
        TrainingConfig config = TrainingConfig.demo();
        List<CurvePoint> curve = List.of(
                new CurvePoint(1, 2, 7, 0, 0),
                new CurvePoint(101, 12, 6, 0.1, 0.2),
                new CurvePoint(201, 22, 5, 0.1, 0.2),
                new CurvePoint(201, 42, 5, 0.1, 0.2));

        TrainingRate rate = TrainingRate.of(curve, 42, config);

        assertEquals(200.0 * config.plan().batchTokens() / 20, rate.positionsPerSecond(), 1e-6);
        assertEquals(42, rate.cpuSeconds());
    }
}
