package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;

class CalibrationMeterTest {
    @Test
    void error_ofProbabilitiesThatAreMet_isSmall() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        CalibrationMeter meter = new CalibrationMeter();
        for (int i = 0; i < 100_000; i++) {
            double p = random.nextDouble();
            meter.add(p, random.nextDouble() < p);
        }

        assertTrue(meter.expectedCalibrationError() < 0.01, "seed " + seed + ": " + meter.expectedCalibrationError());
    }

    @Test
    void error_ofProbabilitiesThatAreTwiceTooHigh_isTheDistance() {
        CalibrationMeter meter = new CalibrationMeter();
        for (int i = 0; i < 1_000; i++) {
            meter.add(0.8, i % 10 < 4);
        }

        assertEquals(0.4, meter.expectedCalibrationError(), 1e-9);
        assertEquals(-(0.4 * Math.log(0.8) + 0.6 * Math.log(0.2)), meter.logLoss(), 1e-9);
    }

    @Test
    void probability_outsideOfItsRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new CalibrationMeter().add(Double.NaN, true));
        assertThrows(IllegalArgumentException.class, () -> new CalibrationMeter().add(1.1, true));
    }
}
