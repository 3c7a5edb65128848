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
 * <p>The prices are inputs that the report names with their date. Where none are given they are assumptions, of the order of public
 * list prices for memory-optimised machines, network disks and object storage.
 */
public final class StoreCost {
    /** Used where the operator gives no prices. */
    public static final Prices ASSUMED = new Prices(2.1, 0.08, 0.023, "assumed in 2026-11");

    /** A layout is as fast as all rows in memory while its p99 is no more than this many times as long. */
    static final double EQUAL_P99 = 1.1;

    private static final double ROWS = 1e9;
    private static final double GIGABYTE = 1e9;

    private StoreCost() {}

    /**
     * Dollars for a gigabyte and a month.
     *
     * @param asOf where and when they were found
     */
    public record Prices(double memory, double disk, double object, String asOf) {
        public Prices {
            if (!(memory > 0) || !(disk >= 0) || !(object >= 0)) {
                throw new IllegalArgumentException("prices of memory " + memory + ", disk " + disk + " and object "
                        + object + " must be numbers of dollars a gigabyte and month");
            }
        }
    }

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
    static List<Line> of(Map<String, Map<String, Map<String, Summary>>> engines, String ours, Prices prices) {
        List<Line> lines = new ArrayList<>();
        add(lines, "all rows in memory", engines.getOrDefault("W1", Map.of()).get(ours), prices);
        Map<String, Map<String, Summary>> budgeted = engines.getOrDefault("W5", Map.of());
        for (EngineName engine : EngineName.values()) {
            if (engine.isOurs() && !lines.isEmpty()) {
                add(lines, "30 % of the bytes in memory, " + engine.label(), budgeted.get(engine.label()), prices);
            }
        }
        return lines;
    }

    /** The most that a layout saves whose p99 is that of all rows in memory; 0 where none is as fast, NaN where none was measured. */
    static double savedAtEqualP99(List<Line> lines) {
        if (lines.size() < 2) {
            return Double.NaN;
        }
        double bound = lines.getFirst().p99Micros() * EQUAL_P99;
        return lines.stream()
                .filter(line -> line.p99Micros() <= bound)
                .mapToDouble(Line::saved)
                .max()
                .orElse(0);
    }

    private static void add(List<Line> lines, String layout, @Nullable Map<String, Summary> figures, Prices prices) {
        if (figures == null || !figures.containsKey("bytesPerRow")) {
            return;
        }
        double memory = median(figures, "bytesPerRow") * ROWS;
        double disk = median(figures, "diskBytesPerRow") * ROWS;
        double dollars = (memory * prices.memory() + disk * prices.disk() + disk * prices.object()) / GIGABYTE;
        double saved = lines.isEmpty() ? 0 : 1 - dollars / lines.getFirst().dollarsPerMonth();
        lines.add(new Line(layout, memory, disk, disk, median(figures, "zipf.p99Micros"), dollars, saved));
    }

    private static double median(Map<String, Summary> figures, String name) {
        Summary summary = figures.get(name);
        return summary == null ? Double.NaN : summary.median();
    }
}
