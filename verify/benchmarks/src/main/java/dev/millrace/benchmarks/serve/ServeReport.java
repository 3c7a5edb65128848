package dev.millrace.benchmarks.serve;

import dev.millrace.benchmarks.load.LoadResult;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The figures of one run of the serving benchmark, as its JSON shows them.
 *
 * @param sustainedPerSecond the highest rate of the sweep at which p99 stayed under 50 ms, at most two requests or 0.1 %
 *     were refused or failed, and at most 1 % of the answers were degraded
 * @param cpuMillisPerRequest {@code total} is the server process's CPU time at 70 % of the sustained rate, divided by its
 *     answers; the other entries are the stages' own CPU time
 * @param rawPartsCpuMillis what the model runtime on the same graphs, the vector search and the store's batch cost alone
 * @param rawPartsTogether the same with one thread on each core, sharing caches and memory as a loaded server does
 * @param overhead total ÷ raw parts
 * @param overheadTogether total ÷ raw parts together
 */
public record ServeReport(
        String machine,
        String command,
        ServeWorld world,
        int candidates,
        double sustainedPerSecond,
        Map<String, Latency> latencyMillis,
        Map<String, Double> cpuMillisPerRequest,
        double rawPartsCpuMillis,
        Map<String, Double> rawParts,
        Map<String, Double> rawPartsTogether,
        double overhead,
        double overheadTogether,
        long allocatedBytesPerRequest,
        double closedPerSecond,
        Overload overload,
        List<Step> sweep) {
    /** Latency of answered requests from their intended start, in milliseconds. */
    public record Latency(double p50, double p99, double p999, double max) {
        static Latency of(LoadResult result) {
            return new Latency(
                    result.latencyMillis(50),
                    result.latencyMillis(99),
                    result.latencyMillis(99.9),
                    result.latencyMillis(100));
        }
    }

    /** One rate of the sweep. */
    public record Step(
            double offeredPerSecond, double answeredPerSecond, double p99, long degraded, long rejected, long failed) {
        static Step of(double offered, LoadResult result) {
            return new Step(
                    offered,
                    result.answeredPerSecond(),
                    result.latencyMillis(99),
                    result.degraded(),
                    result.rejected(),
                    result.failed());
        }
    }

    /**
     * What happened at ten times the sustained rate.
     *
     * @param rejectP99Millis how soon a refused request heard that it was refused, from when it was sent
     */
    public record Overload(
            double offeredPerSecond,
            double answeredPerSecond,
            Latency admitted,
            long rejected,
            double rejectP99Millis,
            long failed,
            boolean alive) {}

    /** Where the time goes, for people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format("sustained        %8.0f requests/s", sustainedPerSecond));
        latencyMillis.forEach((name, l) -> lines.add(String.format(
                "latency %-8s p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms", name, l.p50(), l.p99(), l.p999())));
        new TreeMap<>(cpuMillisPerRequest)
                .forEach((name, millis) -> lines.add(String.format("CPU %-24s %7.3f ms a request", name, millis)));
        rawParts.forEach((name, millis) -> lines.add(String.format(
                "raw %-24s %7.3f ms alone, %7.3f ms on all cores", name, millis, rawPartsTogether.get(name))));
        lines.add(String.format("overhead         %8.2f (%.2f on all cores)", overhead, overheadTogether));
        lines.add(String.format("allocated        %8d bytes a request", allocatedBytesPerRequest));
        return lines;
    }
}
