package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.serve.Machine;
import dev.millrace.benchmarks.store.Workload.Comparison;
import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.measure.Summary;
import dev.millrace.benchmarks.store.together.PackingGain;
import dev.millrace.benchmarks.store.trace.TraceReplay;
import dev.millrace.benchmarks.store.trace.TraceReplay.HitRatio;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a {@link StoreReport} of what the forks measured. Single use. */
final class StoreReportBuilder {
    private final StoreBenchOptions options;
    private final List<Workload> workloads;
    private final ForkResults results;
    private final Map<String, Map<String, Double>> ratios = new LinkedHashMap<>();
    private final Map<String, Map<String, Summary>> spread = new LinkedHashMap<>();

    StoreReportBuilder(StoreBenchOptions options, List<Workload> workloads, ForkResults results) {
        this.options = options;
        this.workloads = workloads;
        this.results = results;
    }

    StoreReport build(String command, boolean complete, List<HitRatio> hitRatios, List<PackingGain> packing)
            throws IOException {
        for (Workload workload : workloads) {
            workload.comparisons().forEach(comparison -> compare(workload, comparison));
        }
        Map<String, Double> raw = rawRandomAccess();
        Map<String, Map<String, Map<String, Summary>>> engines = engines();
        Map<String, String> ours = ours();
        List<StoreCost.Line> costs = StoreCost.of(engines, ours.getOrDefault("W1", ""), options.prices());
        return new StoreReport(
                Machine.describe(),
                command,
                PeerVersions.find(options),
                new StoreReport.Shape(
                        options.rows(), options.forks(), options.duration().toMillis() / 1e3),
                othersCores(),
                complete,
                ours,
                ratios,
                spread,
                raw.get("zipf"),
                raw,
                rawAppend(),
                goals(raw, hitRatios, costs),
                engines,
                hitRatios,
                packing,
                options.prices(),
                costs,
                results.missing());
    }

    private double othersCores() {
        double most = 0;
        for (Workload workload : workloads) {
            for (EngineName engine : EngineName.values()) {
                for (Figures figures : results.of(workload, engine).values()) {
                    most = Math.max(most, StoreBench.disturbance(figures));
                }
            }
        }
        return most;
    }

    private List<StoreReport.Goal> goals(
            Map<String, Double> raw, List<HitRatio> hitRatios, List<StoreCost.Line> costs) {
        double inBytes = median(Workload.W5, EngineName.MILLRACE_INT8, "zipf.keysPerSecond");
        double allInMemory = median(Workload.W1, EngineName.MILLRACE, "zipf.keysPerSecond");
        StoreGoals.Whole whole = new StoreGoals.Whole(
                inBytes / allInMemory, TraceReplay.pointsBehindTheBest(hitRatios), StoreCost.savedAtEqualP99(costs));
        return StoreGoals.of(ratios, raw, this::ourMedian, whole);
    }

    private Map<String, String> ours() {
        Map<String, String> ours = new LinkedHashMap<>();
        for (Workload workload : workloads) {
            EngineName engine = ourEngine(workload);
            if (engine != null) {
                ours.put(workload.name(), engine.label());
            }
        }
        return ours;
    }

    /** The first of our stores that was measured. */
    private @Nullable EngineName ourEngine(Workload workload) {
        return Arrays.stream(EngineName.values())
                .filter(engine ->
                        engine.isOurs() && !results.of(workload, engine).isEmpty())
                .findFirst()
                .orElse(null);
    }

    private void compare(Workload workload, Comparison comparison) {
        EngineName ours = ourEngine(workload);
        if (ours == null) {
            return;
        }
        compareWithAll(workload, comparison, ours);
        if (ours != EngineName.MILLRACE_INT8) {
            Comparison inBytes =
                    new Comparison(comparison.name() + "int8", comparison.figure(), comparison.moreIsBetter());
            compareWithAll(workload, inBytes, EngineName.MILLRACE_INT8);
        }
    }

    private void compareWithAll(Workload workload, Comparison comparison, EngineName ours) {
        for (EngineName peer : EngineName.values()) {
            if (!peer.isOurs() && !peer.isProbe()) {
                compare(workload, comparison, ours, peer);
            }
        }
    }

    /** Medians are compared with each other; rounds are compared one by one for the spread. */
    private void compare(Workload workload, Comparison comparison, EngineName ours, EngineName peer) {
        double ourMedian = median(workload, ours, comparison.figure());
        double theirMedian = median(workload, peer, comparison.figure());
        if (Double.isNaN(ourMedian) || Double.isNaN(theirMedian)) {
            return;
        }
        ratios.computeIfAbsent(comparison.name(), n -> new LinkedHashMap<>())
                .put(peer.label(), comparison.ratio(ourMedian, theirMedian));
        List<Double> byRound = new ArrayList<>();
        results.of(workload, ours).forEach((round, figures) -> {
            Figures theirs = results.of(workload, peer).get(round);
            if (theirs != null) {
                byRound.add(comparison.ratio(figures.get(comparison.figure()), theirs.get(comparison.figure())));
            }
        });
        if (!byRound.isEmpty()) {
            spread.computeIfAbsent(comparison.name(), n -> new LinkedHashMap<>())
                    .put(peer.label(), Summary.of(byRound));
        }
    }

    private Map<String, Double> rawRandomAccess() {
        Map<String, Double> fractions = new LinkedHashMap<>();
        for (String law : List.of("zipf", "uniform", "zipfWithWrites")) {
            double raw = median(
                    Workload.W1,
                    EngineName.RANDOM_ACCESS,
                    (law.equals("zipfWithWrites") ? "zipf" : law) + ".keysPerSecond");
            double ours = ourMedian(Workload.W1, law + ".keysPerSecond");
            if (!Double.isNaN(raw) && !Double.isNaN(ours)) {
                fractions.put(law, ours / raw);
            }
        }
        return fractions;
    }

    private @Nullable Double rawAppend() {
        double raw = median(Workload.W4, EngineName.RAW_APPEND, "upserts.keysPerSecond");
        double ours = ourMedian(Workload.W4, "upserts.keysPerSecond");
        return Double.isNaN(raw) || Double.isNaN(ours) ? null : ours / raw;
    }

    private double ourMedian(Workload workload, String figure) {
        EngineName ours = ourEngine(workload);
        return ours == null ? Double.NaN : median(workload, ours, figure);
    }

    private double median(Workload workload, EngineName engine, String figure) {
        List<Double> values = results.of(workload, engine).values().stream()
                .map(figures -> figures.get(figure))
                .filter(value -> !Double.isNaN(value))
                .toList();
        return values.isEmpty() ? Double.NaN : Summary.of(values).median();
    }

    private Map<String, Map<String, Map<String, Summary>>> engines() {
        Map<String, Map<String, Map<String, Summary>>> all = new LinkedHashMap<>();
        for (Workload workload : workloads) {
            Map<String, Map<String, Summary>> byEngine = new LinkedHashMap<>();
            for (EngineName engine : EngineName.values()) {
                if (!results.of(workload, engine).isEmpty()) {
                    byEngine.put(engine.label(), summaries(results.of(workload, engine)));
                }
            }
            all.put(workload.name(), byEngine);
        }
        return all;
    }

    private static Map<String, Summary> summaries(Map<Integer, Figures> rounds) {
        Map<String, List<Double>> values = new LinkedHashMap<>();
        rounds.values()
                .forEach(figures -> figures.asMap()
                        .forEach((name, value) -> values.computeIfAbsent(name, n -> new ArrayList<>())
                                .add(value)));
        Map<String, Summary> summaries = new LinkedHashMap<>();
        values.forEach((name, each) -> summaries.put(name, Summary.of(each)));
        return summaries;
    }
}
