package dev.millrace.benchmarks.drift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.audience.Arm;
import dev.millrace.audience.world.Drift;
import dev.millrace.runtime.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

class DriftRunTest {
    private static final long SEED = 4;

    @TempDir
    private Path directory;

    private DriftOptions options(@Nullable Drift drift) {
        return new DriftOptions(
                1,
                60,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(75),
                drift,
                Duration.ofSeconds(1),
                directory);
    }

    private DriftRun run(@Nullable Drift drift) throws Exception {
        SteppedClock clock = new SteppedClock(1_772_359_200_000L);
        try (SimulatedServer server =
                new SimulatedServer(directory.resolve("run" + drift), clock, false, Configuration.empty())) {
            DriftRun run = new DriftRun(options(drift), SEED, server, clock, false);
            run.run(() -> assertFalse(true, "without a model, nothing is trained"));
            return run;
        }
    }

    @Test
    void run_ofFiveBuckets_countsEachArmInSimulatedTime() throws Exception {
        DriftRun run = run(null);
        double random = run.rate(Arm.RANDOM, 0, 5);
        double model = run.rate(Arm.MODEL, 1, 5);
        double oracle = run.rate(Arm.ORACLE, 0, 5);
        assertTrue(random < model && model < oracle, random + ", " + model + ", " + oracle + "; seed " + SEED);
        assertEquals(6, run.rates(Arm.MODEL).size());
        assertTrue(run.impressions(Arm.MODEL).subList(0, 5).stream().allMatch(count -> count > 500));
    }

    @Test
    void drift_inTheMiddle_costsClicks() throws Exception {
        DriftRun run = run(Drift.BOTH);
        double before = run.rate(Arm.MODEL, 1, 4);
        double after = run.rate(Arm.MODEL, 4, 5);
        assertTrue(after < 0.8 * before, before + " then " + after + "; seed " + SEED);
    }

    @Test
    void options_outOfOrder_areRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new DriftOptions(
                        1,
                        80,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(90),
                        null,
                        Duration.ofSeconds(1),
                        directory));
    }
}
