package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.measure.Summary;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a billion rows of 256 bytes cost a month in memory, on disk and in object storage, by the bytes that were measured.
 * Stateless.
 *
 * <p>The prices are assumptions, of the order of public list prices for memory-optimised machines, network disks and object
 * storage; the report names them, and whoever pays others puts theirs in.
 */
public final class StoreCost {
    static final Prices ASSUMED = new Prices(2.1, 0.08, 0.023);

    private static final double ROWS = 1e9;
    private static final double GIGABYTE = 1e9;

    private StoreCost() {}

    /** Dollars for a gigabyte and a month. */
    public record Prices(double memory, double disk, double object) {}

    /**
     * A way to keep rows.
     *
     * @param objectBytes one copy of what lies on disk
     * @param saved the share of the cost of all rows in memory that this does not cost
     */
    public record Line(
            String layout,
            double memoryBytes,
            double diskBytes,
            double objectBytes,
            double p99Micros,
            double dollarsPerMonth,
            double saved) {}

    /** All rows in memory first; then, where they were measured, the layouts of W5. */
    static List<Line> of(Map<String, Map<String, Map<String, Summary>>> engines, String ours) {
        List<Line> lines = new ArrayList<>();
        add(lines, "all rows in memory", engines.getOrDefault("W1", Map.of()).get(ours));
        Map<String, Map<String, Summary>> budgeted = engines.getOrDefault("W5", Map.of());
        for (EngineName engine : EngineName.values()) {
            if (engine.isOurs() && !lines.isEmpty()) {
                add(lines, "30 % of the bytes in memory, " + engine.label(), budgeted.get(engine.label()));
            }
        }
        return lines;
    }

    private static void add(List<Line> lines, String layout, @Nullable Map<String, Summary> figures) {
        if (figures == null || !figures.containsKey("bytesPerRow")) {
            return;
        }
        double memory = median(figures, "bytesPerRow") * ROWS;
        double disk = median(figures, "diskBytesPerRow") * ROWS;
        double dollars = (memory * ASSUMED.memory() + disk * ASSUMED.disk() + disk * ASSUMED.object()) / GIGABYTE;
        double saved = lines.isEmpty() ? 0 : 1 - dollars / lines.getFirst().dollarsPerMonth();
        lines.add(new Line(layout, memory, disk, disk, median(figures, "zipf.p99Micros"), dollars, saved));
    }

    private static double median(Map<String, Summary> figures, String name) {
        Summary summary = figures.get(name);
        return summary == null ? Double.NaN : summary.median();
    }
}
