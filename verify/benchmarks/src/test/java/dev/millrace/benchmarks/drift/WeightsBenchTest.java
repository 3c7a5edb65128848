package dev.millrace.benchmarks.drift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class WeightsBenchTest {
    private final List<String> told = new ArrayList<>();

    @TempDir
    private Path directory;

    /** So short that there is too little to learn a ranker from. */
    private WeightsOptions options(String... ways) throws IOException {
        return new WeightsOptions(
                1,
                1,
                20,
                Duration.ofSeconds(5),
                Duration.ofSeconds(25),
                List.of(ways).stream().map(WeightsOptions.Way::parse).toList(),
                Duration.ofSeconds(1),
                Files.createDirectory(directory.resolve("work")));
    }

    @Test
    void options_withoutARate_areRefused() throws IOException {
        WeightsOptions fine = options();
        for (double rate : new double[] {0, -1, Double.NaN, 10_001}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new WeightsOptions(
                            1, 1, rate, fine.train(), fine.length(), List.of(), fine.cpuBudget(), fine.work()));
        }
    }

    @Test
    void run_ofAMisspeltSetting_refusesItBeforeAnythingIsSimulated() throws IOException {
        WeightsOptions options = options("alone:weights-with-ranker.modle=1");
        InvalidValueException refusal =
                assertThrows(InvalidValueException.class, () -> WeightsBench.run(options, told::add));
        assertTrue(String.valueOf(refusal.getMessage()).contains("weights-with-ranker.modle"), refusal.getMessage());
        assertEquals(List.of(), told);
    }

    @Test
    void run_thatFails_leavesNothingInItsFolder() throws IOException {
        WeightsOptions options = options();
        assertThrows(IOException.class, () -> WeightsBench.run(options, told::add));
        assertFalse(told.isEmpty());
        assertFalse(Files.exists(options.work()));
    }
}
