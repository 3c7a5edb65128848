package dev.millrace.benchmarks.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.measure.Figures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

class ForkTest {
    @TempDir
    private Path directory;

    @Test
    void arguments_parsed_areTheSameFork() {
        Fork fork = fork(Workload.W2, EngineName.CAFFEINE);
        assertEquals(fork, Fork.parse(fork.arguments().toArray(String[]::new)));
    }

    @Test
    void run_inAProcessOfItsOwn_measuresAndLeavesNothing() throws IOException {
        Fork fork = fork(Workload.W1, EngineName.CONCURRENT_HASH_MAP);
        Figures figures = measured(fork);
        assertTrue(figures.get("zipf.keysPerSecond") > 0, figures::lines);
        assertTrue(figures.get("zipfWithWrites.p99Micros") >= figures.get("zipfWithWrites.p50Micros"), figures::lines);
        assertTrue(figures.get("bytesPerRow") > 256, figures::lines);
        assertTrue(Files.notExists(fork.directory()), "the store's files are gone");
    }

    @Test
    void run_ofTheProbe_measuresTheMachine() throws IOException {
        Figures figures = measured(fork(Workload.W1, EngineName.RANDOM_ACCESS));
        assertTrue(figures.get("uniform.keysPerSecond") > 0, figures::lines);
        assertTrue(figures.get("dependentLoadNanos") > 0, figures::lines);
    }

    @Test
    void run_ofTheDisksProbe_measuresTheMachine() throws IOException {
        Figures figures = measured(fork(Workload.W4, EngineName.RAW_APPEND));
        assertTrue(figures.get("upserts.keysPerSecond") > 0, figures::lines);
        assertTrue(figures.get("growing.keysPerSecond") > 0, figures::lines);
    }

    @Test
    void run_withoutTheStoresLibrary_failsWithTheReason() throws IOException {
        ForkProcess.Outcome outcome = ForkProcess.run(fork(Workload.W1, EngineName.LMDB), directory.resolve("peers"));
        assertTrue(
                outcome instanceof ForkProcess.Outcome.Failed(String reason) && reason.contains("build verify/peers"),
                () -> "got " + outcome);
    }

    @Test
    void engineName_unknown_isRefusedWithTheOnesThatThereAre() {
        var refused = assertThrows(IllegalArgumentException.class, () -> EngineName.of("Rocks"));
        assertTrue(refused.getMessage().contains("RocksDB"), refused::getMessage);
    }

    @Test
    void figures_printedAndParsed_areTheSame() {
        Figures figures = new Figures();
        figures.add("a.b", 1.5e-9);
        figures.add("c", 4_000_000_000.0);
        List<String> lines = figures.lines().lines().toList();
        assertEquals(figures.asMap(), Figures.parse(lines).asMap());
        assertEquals(
                0,
                Figures.parse(List.of("a log line", "figures are below"))
                        .asMap()
                        .size());
    }

    private Figures measured(Fork fork) throws IOException {
        ForkProcess.Outcome outcome = ForkProcess.run(fork, directory.resolve("peers"));
        if (outcome instanceof ForkProcess.Outcome.Measured(Figures figures)) {
            return figures;
        }
        throw new AssertionError("not measured: " + outcome);
    }

    private Fork fork(Workload workload, EngineName engine) {
        return new Fork(workload, engine, 1, 2000, Duration.ofMillis(50), directory.resolve("engine"), "redis-server");
    }
}
