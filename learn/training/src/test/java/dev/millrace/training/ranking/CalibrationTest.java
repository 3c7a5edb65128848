package dev.millrace.training.ranking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;

class CalibrationTest {
    @Test
    void fit_ofLogitsThatAreTooSure_findsSlopeAndOffset() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        double[] logits = new double[200_000];
        double[] positives = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = random.nextGaussian() * 3;
            positives[i] = random.nextDouble() < 1 / (1 + Math.exp(-(0.5 * logits[i] - 1))) ? 1 : 0;
        }

        Calibration fitted = Calibration.fit(logits, positives);

        assertEquals(0.5, fitted.slope(), 0.02, "seed " + seed);
        assertEquals(-1, fitted.offset(), 0.04, "seed " + seed);
    }

    @Test
    void fit_ofOneKindAlone_changesNothing() {
        assertSame(Calibration.NONE, Calibration.fit(new double[] {1, 2}, new double[2]));
        assertSame(Calibration.NONE, Calibration.fit(new double[] {1}, new double[] {1}));
    }

    @Test
    void fit_ofKindsThatPartCleanly_staysFinite() {
        Calibration fitted = Calibration.fit(new double[] {-2, -1, 1, 2}, new double[] {0, 0, 1, 1});

        assertTrue(Double.isFinite(fitted.slope()) && Double.isFinite(fitted.offset()), fitted.toString());
        assertTrue(fitted.probability(2) > 0.5 && fitted.probability(2) < 1, fitted.toString());
    }

    @Test
    void shareOfGain_ofAnErrorThatStays_isNearlyAll_andOfOneThatPasses_isNone() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        double[] logits = new double[20_000];
        double[] before = new double[logits.length];
        double[] staying = new double[logits.length];
        double[] passing = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = random.nextGaussian();
            before[i] = random.nextDouble() < 1 / (1 + Math.exp(-(logits[i] + 0.4))) ? 1 : 0;
            staying[i] = random.nextDouble() < 1 / (1 + Math.exp(-(logits[i] + 0.4))) ? 1 : 0;
            passing[i] = random.nextDouble() < 1 / (1 + Math.exp(-(logits[i] - 0.4))) ? 1 : 0;
        }

        Calibration fitted = Calibration.fit(logits, before);

        assertEquals(0.4, fitted.offset(), 0.1, "seed " + seed);
        assertTrue(fitted.shareOfGain(logits, staying) > 0.9, "seed " + seed);
        assertTrue(fitted.shareOfGain(logits, passing) < 0, "seed " + seed);
        assertEquals(0, Calibration.NONE.shareOfGain(logits, staying), "seed " + seed);
        // It points the right way, and is by far not what is wrong there.
        assertTrue(new Calibration(1, 0.02).shareOfGain(logits, staying) < 0.2, "seed " + seed);
    }
}
