package dev.millrace.benchmarks.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.Summary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

class StoreReportBuilderTest {
    @TempDir
    private Path directory;

    @Test
    void ratios_overFivePairsOfRounds_areThoseOfTheMedians() throws IOException {
        ForkResults results = new ForkResults(directory);
        double[] ours = {10, 12, 11, 30, 9};
        double[] theirs = {5, 4, 2, 5, 6};
        for (int round = 0; round < ours.length; round++) {
            keep(results, EngineName.MEMORY_TABLE, round, ours[round]);
            keep(results, EngineName.LMDB, round, theirs[round]);
        }
        StoreReport report = report(results);
        assertEquals(11.0 / 5, report.ratios().get("W1").get("LMDB"), 1e-9);
        Summary spread = report.ratioSpread().get("W1").get("LMDB");
        assertEquals(1.5, spread.min(), 1e-9, "9 against 6");
        assertEquals(6, spread.max(), 1e-9, "30 against 5");
        assertEquals(Set.of("LMDB"), report.ratios().get("W1").keySet(), "what was not measured has no ratio");
        assertNull(report.rawRandomAccessFraction(), "there was no probe");
    }

    @Test
    void randomAccessFraction_withAProbe_isOursDividedByIt() throws IOException {
        ForkResults results = new ForkResults(directory);
        keep(results, EngineName.MEMORY_TABLE, 0, 4);
        keep(results, EngineName.RANDOM_ACCESS, 0, 5);
        assertEquals(0.8, report(results).rawRandomAccessFraction(), 1e-9);
    }

    @Test
    void appendFraction_withAProbe_isOursDividedByIt() throws IOException {
        ForkResults results = new ForkResults(directory);
        Figures ours = new Figures();
        ours.add("upserts.keysPerSecond", 3);
        results.keep(fork(Workload.W4, EngineName.MILLRACE, 0, 1000), new ForkProcess.Outcome.Measured(ours));
        assertNull(report(results).rawAppendFraction(), "there was no probe");
        Figures probe = new Figures();
        probe.add("upserts.keysPerSecond", 4);
        results.keep(fork(Workload.W4, EngineName.RAW_APPEND, 0, 1000), new ForkProcess.Outcome.Measured(probe));
        StoreReport report = report(results);
        assertEquals(0.75, report.rawAppendFraction());
        assertTrue(report.ratios().getOrDefault("W4", Map.of()).isEmpty(), "it is no peer");
        assertTrue(String.join("\n", StoreTable.of(report)).contains("fraction of raw durable appends"));
    }

    @Test
    void goals_reachedAndMissed_sayWhich() throws IOException {
        ForkResults results = new ForkResults(directory);
        keep(results, EngineName.MEMORY_TABLE, 0, 100);
        keep(results, EngineName.LMDB, 0, 10);
        keep(results, EngineName.CONCURRENT_HASH_MAP, 0, 50);
        List<StoreReport.Goal> goals = report(results).goals();
        assertTrue(goal(goals, "W1 ÷ LMDB").met(), "10 of 10");
        assertFalse(goal(goals, "W1 ÷ ConcurrentHashMap").met(), "2 of 2.5");
        assertTrue(goals.stream().noneMatch(goal -> goal.name().contains("Redis")), "which was not measured");
    }

    @Test
    void results_takenOver_onlyForTheSameParameters() throws IOException {
        keep(new ForkResults(directory), EngineName.LMDB, 0, 10);
        ForkResults later = new ForkResults(directory);
        assertFalse(later.takeOver(fork(EngineName.LMDB, 0, 2000)), "other rows");
        assertFalse(later.takeOver(fork(EngineName.LMDB, 1, 1000)), "another round");
        assertTrue(later.takeOver(fork(EngineName.LMDB, 0, 1000)));
        assertEquals(10, later.of(Workload.W1, EngineName.LMDB).get(0).get("zipf.keysPerSecond"));
    }

    @Test
    void table_ofAReport_showsGoalsAndLosses() throws IOException {
        ForkResults results = new ForkResults(directory);
        keep(results, EngineName.MEMORY_TABLE, 0, 100);
        keep(results, EngineName.LMDB, 0, 200);
        results.miss(fork(EngineName.REDIS, 0, 1000), "SKIPPED: there is no redis-server");
        String table = String.join("\n", StoreTable.of(report(results)));
        assertTrue(table.contains("we lose"), table);
        assertTrue(table.contains("FALLS SHORT"), table);
        assertTrue(table.contains("W1 Redis: SKIPPED"), table);
    }

    @Test
    void costs_ofAQuarterOfTheMemory_areThoseOfTheirBytes() throws IOException {
        ForkResults results = new ForkResults(directory);
        keepBytes(results, Workload.W1, 300, 0);
        keepBytes(results, Workload.W5, 75, 280);
        List<StoreCost.Line> costs = report(results).costs();
        assertEquals(2, costs.size());
        // 300 GB of memory at $2.10; 75 GB of it, 280 GB of disk at $0.08 and of object storage at $0.023.
        assertEquals(630, costs.get(0).dollarsPerMonth(), 1e-6);
        assertEquals(157.5 + 22.4 + 6.44, costs.get(1).dollarsPerMonth(), 1e-6);
        assertEquals(1 - 186.34 / 630, costs.get(1).saved(), 1e-6);
        assertTrue(goal(report(results).goals(), "cost saved at the p99 of all rows in memory")
                .met());
    }

    @Test
    void costs_ofASlowerLayout_areNotSavedAtEqualP99() throws IOException {
        ForkResults results = new ForkResults(directory);
        keepBytes(results, Workload.W1, 300, 0);
        keepBytes(results, Workload.W5, 75, 280, 111);
        assertEquals(
                0,
                goal(report(results).goals(), "cost saved at the p99 of all rows in memory")
                        .reached());
    }

    @Test
    void costs_atOtherPrices_areThoseOfThePrices() {
        Map<String, Summary> figures = new TreeMap<>();
        figures.put("bytesPerRow", Summary.of(List.of(300.0)));
        figures.put("diskBytesPerRow", Summary.of(List.of(100.0)));
        StoreCost.Prices prices = new StoreCost.Prices(1, 0.5, 0.25, "a test");
        List<StoreCost.Line> lines = StoreCost.of(Map.of("W1", Map.of("Millrace", figures)), "Millrace", prices);
        assertEquals(300 + 50 + 25, lines.getFirst().dollarsPerMonth(), 1e-6);
        assertThrows(IllegalArgumentException.class, () -> new StoreCost.Prices(Double.NaN, 1, 1, "a test"));
    }

    private void keepBytes(ForkResults results, Workload workload, double memory, double disk) throws IOException {
        keepBytes(results, workload, memory, disk, 100);
    }

    private void keepBytes(ForkResults results, Workload workload, double memory, double disk, double p99)
            throws IOException {
        Figures figures = new Figures();
        figures.add("bytesPerRow", memory);
        figures.add("diskBytesPerRow", disk);
        figures.add("zipf.p99Micros", p99);
        results.keep(fork(workload, EngineName.MEMORY_TABLE, 0, 1000), new ForkProcess.Outcome.Measured(figures));
    }

    private static StoreReport.Goal goal(List<StoreReport.Goal> goals, String name) {
        return goals.stream()
                .filter(goal -> goal.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void keep(ForkResults results, EngineName engine, int round, double keysPerSecond) throws IOException {
        Figures figures = new Figures();
        figures.add("zipf.keysPerSecond", keysPerSecond);
        results.keep(fork(engine, round, 1000), new ForkProcess.Outcome.Measured(figures));
    }

    private Fork fork(EngineName engine, int round, long rows) {
        return fork(Workload.W1, engine, round, rows);
    }

    private Fork fork(Workload workload, EngineName engine, int round, long rows) {
        return new Fork(
                workload, engine, round, rows, Duration.ofSeconds(1), directory.resolve("engine"), "redis-server");
    }

    private StoreReport report(ForkResults results) throws IOException {
        StoreBenchOptions options = new StoreBenchOptions(
                List.of(),
                List.of(),
                5,
                1000,
                Duration.ofSeconds(1),
                directory,
                false,
                0,
                Duration.ofHours(1),
                "no-such-redis-server",
                directory.resolve("peers"),
                directory.resolve("traces"),
                directory.resolve("kuairand"),
                StoreCost.ASSUMED);
        return new StoreReportBuilder(options, List.of(Workload.values()), results)
                .build("test", true, List.of(), List.of());
    }
}
