package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.measure.Summary;
import dev.millrace.benchmarks.store.together.PackingGain;
import dev.millrace.benchmarks.store.trace.TraceReplay.HitRatio;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * The figures of one run of the store benchmark, as its JSON shows them.
 *
 * @param othersCores how many cores processes that have nothing to do with the stores used at most during a measurement
 * @param complete whether every fork ran; otherwise the run was ended by its limit and can be resumed
 * @param ours by workload, which store of Millrace is compared
 * @param ratios by comparison and peer, ours ÷ theirs (theirs ÷ ours where less is better), each a median over forks
 * @param ratioSpread the same between the worst and the best round
 * @param rawRandomAccessFraction our 500-key batch of 256 bytes under the Zipf law against the machine's random-access rate
 *     for the same draws, as keys per second; null where it was not measured
 * @param rawRandomAccess the same by law, and with writes between the batches
 * @param rawAppendFraction our durable upserts against the rate at which the machine's disk takes batches of the same bytes; null
 *     where it was not measured
 * @param engines by workload, store and figure
 * @param hitRatios of eviction policies on recorded accesses
 * @param packing what requests take from disk before and after rows were packed by what is asked for together
 * @param prices what {@code costs} are computed with
 * @param costs of a billion rows of 256 bytes
 * @param missing by workload and store, why there are no figures
 */
public record StoreReport(
        String machine,
        String command,
        Map<String, String> versions,
        Shape shape,
        double othersCores,
        boolean complete,
        Map<String, String> ours,
        Map<String, Map<String, Double>> ratios,
        Map<String, Map<String, Summary>> ratioSpread,
        @Nullable Double rawRandomAccessFraction,
        Map<String, Double> rawRandomAccess,
        @Nullable Double rawAppendFraction,
        List<Goal> goals,
        Map<String, Map<String, Map<String, Summary>>> engines,
        List<HitRatio> hitRatios,
        List<PackingGain> packing,
        StoreCost.Prices prices,
        List<StoreCost.Line> costs,
        Map<String, String> missing) {
    /** What was asked for. */
    public record Shape(long rows, int forks, double seconds) {}

    /**
     * Something to reach.
     *
     * @param atLeast whether the figure must reach the bound from above; otherwise it must stay below
     * @param reached NaN where it was not measured
     */
    public record Goal(String name, boolean atLeast, double bound, double reached) {
        public boolean met() {
            return atLeast ? reached >= bound : reached <= bound;
        }
    }
}
