package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class ClickRateWatchTest {
    private static final long SEED = 3;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final ClickRateWatch watch = new ClickRateWatch();

    private String observe(double rate, int slates) {
        for (int i = 0; i < slates; i++) {
            int clicked = 0;
            for (int place = 0; place < 6; place++) {
                clicked += random.nextDouble() < rate ? 1 : 0;
            }
            String wrong = watch.observe(6, clicked);
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    @Test
    void rate_thatIsSteadyOrHalves_isNoAlarm() {
        assertNull(observe(0.25, 5_000), "seed " + SEED);
        assertNull(observe(0.1, 2_000), "a lost taste is to be learnt; seed " + SEED);
    }

    @Test
    void rate_thatJumps_isAnAlarmWithinAThousandImpressions() {
        assertNull(observe(0.25, 2_000));
        String wrong = observe(1, 150);
        assertNotNull(wrong);
        assertTrue(wrong.contains("jumped"), wrong);
    }

    @Test
    void clicks_thatVanish_areAnAlarm() {
        assertNull(observe(0.25, 2_000));
        String wrong = observe(0, 500);
        assertNotNull(wrong);
        assertTrue(wrong.contains("fell"), wrong);
    }
}
