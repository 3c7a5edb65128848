package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.EngineName;

import java.util.List;
import java.util.Set;

/** What is measured, on which stores, and which of its figures are compared between them. */
enum Workload {
    W1(
            "multi-get of 500 × 256 B, copied into the caller's memory",
            EngineName.storesAndProbe(),
            List.of(
                    Comparison.more("W1", "zipf.keysPerSecond"),
                    Comparison.less("W1best", "zipf.p10Micros"),
                    Comparison.less("W1cpu", "zipf.cpuNanosPerKey"),
                    Comparison.more("W1uniform", "uniform.keysPerSecond"),
                    Comparison.more("W1writes", "zipfWithWrites.keysPerSecond"))),
    W2(
            "multi-get of 500 int8 rows of 64, summed up as floats",
            EngineName.stores(),
            List.of(
                    Comparison.more("W2", "zipf.keysPerSecond"),
                    Comparison.less("W2best", "zipf.p10Micros"),
                    Comparison.less("W2cpu", "zipf.cpuNanosPerKey"),
                    Comparison.more("W2uniform", "uniform.keysPerSecond"))),
    W4(
            "durable upserts of 256 B, 2,000 a batch; then reads of 500 quiet, and under 100,000 upserts a second",
            EngineName.durableAndProbe(),
            List.of(Comparison.more("W4", "upserts.keysPerSecond"), Comparison.less("W4reads", "streamed.p99Micros"))),
    W5(
            "W1 of floats with memory for 30 % of their bytes",
            EngineName.budgeted(), List.of(Comparison.more("W5", "zipf.keysPerSecond"))),
    W6(
            "open after kill -9 in the middle of upserts",
            EngineName.durable(),
            List.of(Comparison.less("W6", "firstReadSeconds"), Comparison.less("W6full", "fullSpeedSeconds"))),
    W7(
            "W1 while a new version of all rows is loaded beside and switched to",
            EngineName.swapping(),
            List.of(Comparison.less("W7", "swapping.p99Micros"))),
    SCAN(
            "500 rows in the order of their keys, from a random one",
            EngineName.stores(),
            List.of(Comparison.more("SCAN", "scan.keysPerSecond")));

    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // Never handed out.
    private final Set<EngineName> engines;

    @SuppressWarnings("ImmutableEnumChecker") // Made by List.of.
    private final List<Comparison> comparisons;

    Workload(String title, Set<EngineName> engines, List<Comparison> comparisons) {
        this.title = title;
        this.engines = engines;
        this.comparisons = comparisons;
    }

    String title() {
        return title;
    }

    /** The first is the workload's own. */
    List<Comparison> comparisons() {
        return comparisons;
    }

    /** Whether the store has anything to show here. */
    boolean asks(EngineName engine) {
        return engines.contains(engine);
    }

    /**
     * A figure of which ours is divided by theirs, or theirs by ours where less is better, so that more than 1 is good for us.
     *
     * @param name as the report's ratios have it
     */
    record Comparison(String name, String figure, boolean moreIsBetter) {
        static Comparison more(String name, String figure) {
            return new Comparison(name, figure, true);
        }

        static Comparison less(String name, String figure) {
            return new Comparison(name, figure, false);
        }

        double ratio(double ours, double theirs) {
            return moreIsBetter ? ours / theirs : theirs / ours;
        }
    }
}
