package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.measure.Summary;
import dev.millrace.benchmarks.store.together.PackingGain;
import dev.millrace.benchmarks.store.trace.TraceReplay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** A {@link StoreReport} as lines for people: each store's figures, the goals beside what was reached, and where we lose. */
public final class StoreTable {
    private static final String RATE = ".keysPerSecond";
    private static final Set<String> MEMORY = Set.of("bytesPerRow", "residentBytes", "loadSeconds", "diskBytesPerRow");

    private final StoreReport report;
    private final List<String> lines = new ArrayList<>();

    private StoreTable(StoreReport report) {
        this.report = report;
    }

    public static List<String> of(StoreReport report) {
        return new StoreTable(report).build();
    }

    private List<String> build() {
        lines.add(report.machine());
        lines.add(format(
                "%,d rows; %d forks; %.1f s a measurement; medians over forks%s",
                report.shape().rows(),
                report.shape().forks(),
                report.shape().seconds(),
                report.complete() ? "" : "; INCOMPLETE, go on with --resume"));
        if (report.othersCores() > StoreBench.MOST_DISTURBED) {
            lines.add(format(
                    "THE MACHINE WAS BUSY: others used up to %.1f cores; rates and p99 are worth little",
                    report.othersCores()));
        }
        report.engines().forEach(this::addEngines);
        addHitRatios();
        addPacking();
        addCosts();
        addGoals();
        addRatios();
        addLosses();
        if (!report.missing().isEmpty()) {
            lines.add("");
            lines.add("not measured");
            report.missing().forEach((what, why) -> lines.add("  " + what + ": " + why));
        }
        return lines;
    }

    private void addEngines(String workload, Map<String, Map<String, Summary>> engines) {
        lines.add("");
        lines.add(workload + ": " + Workload.valueOf(workload).title());
        for (String timed : timed(engines)) {
            lines.add(format(
                    "  %-18s %8s %17s %8s %8s %8s %9s %9s",
                    timed, "M keys/s", "(worst–best)", "p10 µs", "p50 µs", "p99 µs", "CPU ns/k", "B/batch"));
            engines.forEach((engine, figures) -> addTiming(engine, timed, figures));
        }
        addMemory(engines);
        addSingles(engines);
    }

    /** What was timed batch by batch, in the order in which it was. */
    private static Set<String> timed(Map<String, Map<String, Summary>> engines) {
        Set<String> timed = new LinkedHashSet<>();
        for (Map<String, Summary> figures : engines.values()) {
            for (String name : figures.keySet()) {
                if (name.endsWith(RATE) && figures.containsKey(name.replace(RATE, ".p50Micros"))) {
                    timed.add(name.replace(RATE, ""));
                }
            }
        }
        return timed;
    }

    private void addMemory(Map<String, Map<String, Summary>> engines) {
        if (engines.values().stream().noneMatch(figures -> figures.containsKey("bytesPerRow"))) {
            return;
        }
        lines.add(format("  %-18s %8s %17s %8s", "memory", "B/row", "resident MB", "load s"));
        engines.forEach((engine, figures) -> {
            if (figures.containsKey("bytesPerRow")) {
                lines.add(format(
                        "  %-18s %8.0f %17.0f %8.1f",
                        engine,
                        median(figures, "bytesPerRow"),
                        median(figures, "residentBytes") / 1e6,
                        median(figures, "loadSeconds")));
            }
        });
    }

    /** Figures that are one number each. */
    private void addSingles(Map<String, Map<String, Summary>> engines) {
        Set<String> names = new LinkedHashSet<>();
        engines.values().forEach(figures -> names.addAll(figures.keySet()));
        names.removeIf(name -> (name.contains(".") && !name.equals("stream.rowsPerSecond")) || MEMORY.contains(name));
        for (String name : names) {
            lines.add("  " + name);
            engines.forEach((engine, figures) -> {
                Summary summary = figures.get(name);
                if (summary != null) {
                    lines.add(format(
                            "    %-16s %.4g (%.4g–%.4g)", engine, summary.median(), summary.min(), summary.max()));
                }
            });
        }
    }

    private void addTiming(String engine, String law, Map<String, Summary> figures) {
        Summary rate = figures.get(law + RATE);
        if (rate == null) {
            return;
        }
        lines.add(format(
                "  %-18s %8.2f %8.2f–%8.2f %8.1f %8.1f %8.1f %9.1f %9.1f",
                engine,
                rate.median() / 1e6,
                rate.min() / 1e6,
                rate.max() / 1e6,
                median(figures, law + ".p10Micros"),
                median(figures, law + ".p50Micros"),
                median(figures, law + ".p99Micros"),
                median(figures, law + ".cpuNanosPerKey"),
                median(figures, law + ".allocatedBytesPerBatch")));
    }

    /** A line for each trace and size, the policies side by side. */
    private void addHitRatios() {
        Map<String, StringBuilder> byTrace = new LinkedHashMap<>();
        for (TraceReplay.HitRatio hit : report.hitRatios()) {
            byTrace.computeIfAbsent(format("  %-36s %3d %%", hit.trace(), hit.perCent()), line -> new StringBuilder())
                    .append(format("  %s %.3f", hit.policy(), hit.ratio()));
        }
        if (!byTrace.isEmpty()) {
            lines.add("");
            lines.add("hit ratios, the cache holding a share of the trace's keys");
            byTrace.forEach((trace, ratios) -> lines.add(trace + ratios));
        }
    }

    private void addPacking() {
        if (report.packing().isEmpty()) {
            return;
        }
        lines.add("");
        lines.add(
                "requests before → after their rows were packed by what was asked for together, with memory for a share of them");
        lines.add(format(
                "  %-30s %6s %9s %8s %15s %15s %15s %17s %7s",
                "second half of", "memory", "rows", "keys", "misses", "4 KB pages", "reads", "M keys/s", "packed"));
        for (PackingGain gain : report.packing()) {
            PackingGain.Measured before = gain.before();
            PackingGain.Measured after = gain.after();
            lines.add(format(
                    "  %-30s %4d %% %,9d %8.1f %6.1f → %6.1f %6.1f → %6.1f %6.1f → %6.1f %7.3f → %7.3f %5.1f s"
                            + "  %.2f times fewer pages a miss, %.2f reads",
                    gain.trace(),
                    gain.perCent(),
                    gain.rows(),
                    before.keys(),
                    before.misses(),
                    after.misses(),
                    before.pages(),
                    after.pages(),
                    before.reads(),
                    after.reads(),
                    before.keysPerSecond() / 1e6,
                    after.keysPerSecond() / 1e6,
                    gain.packSeconds(),
                    gain.fewerPages(),
                    gain.fewerReads()));
        }
    }

    private void addCosts() {
        if (report.costs().isEmpty()) {
            return;
        }
        StoreCost.Prices prices = report.prices();
        lines.add("");
        lines.add(format(
                "a billion rows of 256 B, at $%.3f memory, $%.3f disk, $%.3f object storage a GB and month (%s)",
                prices.memory(), prices.disk(), prices.object(), prices.asOf()));
        lines.add(format(
                "  %-44s %9s %9s %9s %8s %10s %6s",
                "", "memory GB", "disk GB", "object GB", "p99 µs", "$ a month", "saved"));
        for (StoreCost.Line line : report.costs()) {
            lines.add(format(
                    "  %-44s %9.0f %9.0f %9.0f %8.1f %10.0f %5.0f %%",
                    line.layout(),
                    line.memoryBytes() / 1e9,
                    line.diskBytes() / 1e9,
                    line.objectBytes() / 1e9,
                    line.p99Micros(),
                    line.dollarsPerMonth(),
                    line.saved() * 100));
        }
    }

    /** What no figure shows, because ours does not offer it at all. */
    private void addLosses() {
        lines.add("");
        lines.add("where others do what ours does not");
        lines.add("  ordered scans: LMDB and RocksDB keep keys in order (SCAN above); ours hashes them");
        lines.add(
                "  several keys at once or not at all: LMDB, RocksDB and Redis (MSET, MULTI); ours promises one key at a time");
    }

    private void addGoals() {
        lines.add("");
        lines.add(format("%-48s %13s %12s", "goal", "", "reached"));
        for (StoreReport.Goal goal : report.goals()) {
            lines.add(format(
                    "%-48s %s%,12.2f %,12.2f  %s",
                    goal.name(),
                    goal.atLeast() ? "≥" : "≤",
                    goal.bound(),
                    goal.reached(),
                    goal.met() ? "met" : "FALLS SHORT"));
        }
    }

    private void addRatios() {
        lines.add("");
        lines.add("ours ÷ theirs (worst–best round)");
        report.ratios()
                .forEach((comparison, peers) -> peers.forEach((peer, ratio) -> {
                    Summary spread = report.ratioSpread()
                            .getOrDefault(comparison, Map.of())
                            .get(peer);
                    lines.add(format(
                            "  %-12s %-18s %7.2f%s",
                            comparison,
                            peer,
                            ratio,
                            (spread == null ? "" : format("  (%.2f–%.2f)", spread.min(), spread.max()))
                                    + (ratio < 1 ? "  we lose" : "")));
                }));
        report.rawRandomAccess()
                .forEach((law, fraction) ->
                        lines.add(format("  %-31s %7.2f", "fraction of random access, " + law, fraction)));
        if (report.rawAppendFraction() != null) {
            lines.add(format("  %-31s %7.2f", "fraction of raw durable appends", report.rawAppendFraction()));
        }
    }

    private static double median(Map<String, Summary> figures, String name) {
        Summary summary = figures.get(name);
        return summary == null ? Double.NaN : summary.median();
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be all that its library is needed for.
    private static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}
