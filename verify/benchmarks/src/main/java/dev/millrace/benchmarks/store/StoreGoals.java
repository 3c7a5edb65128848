package dev.millrace.benchmarks.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/** What Millrace's store is meant to reach beside others. */
final class StoreGoals {
    private static final List<Ratio> RATIOS = List.of(
            new Ratio("W1", "ConcurrentHashMap", 2.5),
            new Ratio("W1", "ChronicleMap", 3.5),
            new Ratio("W1", "Caffeine", 4.5),
            new Ratio("W1", "LMDB", 10),
            new Ratio("W1", "RocksDB", 35),
            new Ratio("W1", "Redis", 9),
            new Ratio("W2", "ConcurrentHashMap", 5),
            new Ratio("W4", "RocksDB", 8),
            new Ratio("W5", "RocksDB", 8),
            new Ratio("W5int8", "RocksDB", 8));

    private static final List<Own> OWN = List.of(
            new Own("W2 bytes allocated per batch", Workload.W2, "zipf.allocatedBytesPerBatch", false, 0.5),
            new Own("W4 durable upserts a second", Workload.W4, "upserts.keysPerSecond", true, 1.2e6),
            new Own("W4 read p99 under the stream ÷ quiet", Workload.W4, "p99StreamedByQuiet", false, 1.5),
            new Own("W6 seconds to the first correct read", Workload.W6, "firstReadSeconds", false, 1),
            new Own("W6 rebuild ÷ first correct read", Workload.W6, "rebuildByFirstRead", true, 100),
            new Own("W7 read p99 during the swap ÷ quiet", Workload.W7, "p99SwappingByQuiet", false, 2));

    private StoreGoals() {}

    private record Ratio(String comparison, String peer, double atLeast) {}

    private record Own(String name, Workload workload, String figure, boolean atLeast, double bound) {}

    /**
     * Figures that come of several workloads, NaN where one of them was not measured.
     *
     * @param bytesByAllInMemory W5's rate with bytes in memory ÷ W1's
     * @param pointsBehind the hit ratio's, behind the best policy at worst
     * @param costSaved the share that a layout with the p99 of all rows in memory does not cost
     */
    record Whole(double bytesByAllInMemory, double pointsBehind, double costSaved) {}

    /** Each goal with what was reached; those that were not measured are left out. */
    static List<StoreReport.Goal> of(
            Map<String, Map<String, Double>> ratios,
            Map<String, Double> raw,
            ToDoubleBiFunction<Workload, String> ourMedian,
            Whole whole) {
        List<StoreReport.Goal> goals = new ArrayList<>();
        addIfMeasured(
                goals,
                "W1 with 5 % writes, fraction of random access",
                true,
                0.9,
                raw.getOrDefault("zipfWithWrites", Double.NaN));
        for (Ratio ratio : RATIOS) {
            addIfMeasured(
                    goals,
                    ratio.comparison() + " ÷ " + ratio.peer(),
                    true,
                    ratio.atLeast(),
                    ratios.getOrDefault(ratio.comparison(), Map.of()).getOrDefault(ratio.peer(), Double.NaN));
        }
        for (Own own : OWN) {
            addIfMeasured(
                    goals,
                    own.name(),
                    own.atLeast(),
                    own.bound(),
                    ourMedian.applyAsDouble(own.workload(), own.figure()));
        }
        addIfMeasured(goals, "W5 bytes in memory ÷ W1", true, 0.9, whole.bytesByAllInMemory());
        addIfMeasured(goals, "TRACES points behind the best policy, at worst", false, 1, whole.pointsBehind());
        addIfMeasured(goals, "cost saved at the p99 of all rows in memory", true, 0.3, whole.costSaved());
        return goals;
    }

    private static void addIfMeasured(
            List<StoreReport.Goal> goals, String name, boolean atLeast, double bound, double reached) {
        if (!Double.isNaN(reached)) {
            goals.add(new StoreReport.Goal(name, atLeast, bound, reached));
        }
    }
}
