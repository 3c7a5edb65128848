package dev.millrace.evaluation.compress;

import dev.millrace.evaluation.rankers.ModelRanker;
import dev.millrace.evaluation.speed.RequestTime;
import dev.millrace.inference.parity.PairedSpeed;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent.Evidence;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.CompressionEvidence;
import dev.millrace.models.compress.Compression;
import dev.millrace.samples.SequenceDataset;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Compares a compressed bundle with what it would replace: their answers, what these are worth, and how long a request takes;
 * and refuses one that loses more than its limits or is slower. Stateless.
 *
 * <p>Both rank each user's last action from those before it, in the runtime that serves. A bundle that passes says so in its
 * manifest, and the registry promotes no compressed bundle that does not.
 */
public final class CompressionGate {
    private static final int MOST_USERS = 10_000;

    /** Fewer users say nothing about a loss of half a percent. */
    private static final int LEAST_USERS = 100;

    /** Enough to tell which operator moves the scores most. */
    private static final int USERS_PER_OPERATOR = 100;

    private static final int TIMED_HISTORIES = 1_000;

    private CompressionGate() {}

    /** A report, and the bundle that it is about: with the report in its manifest where it passed. */
    public record Outcome(CompressionReport report, Bundle bundle) {}

    /**
     * @param data sequences of which the last actions were not learnt from
     * @param work a folder for bundles; those of an earlier call must be gone
     */
    public static Outcome examine(Compression compression, SequenceDataset data, CompressionLimits limits, Path work)
            throws IOException {
        Set<String> all = new LinkedHashSet<>(compression.operators());
        Bundle compressed = BundleWriter.write(
                work.resolve("candidate"), compression.content(all, evidence(compression, Map.of())));
        CompressionReport report = compare(compression, compressed, data, limits, work);
        if (!report.passes()) {
            return new Outcome(report, compressed);
        }
        Map<String, String> passed = Map.of(CompressionEvidence.PARITY, CompressionEvidence.PASSED);
        Evidence told = withMetrics(evidence(compression, passed), report);
        return new Outcome(report, BundleWriter.write(work.resolve("passed"), compression.content(all, told)));
    }

    private static CompressionReport compare(
            Compression compression, Bundle compressed, SequenceDataset data, CompressionLimits limits, Path work)
            throws IOException {
        Bundle original = compression.original();
        try (ModelRanker before = new ModelRanker(original, data.vocabulary());
                ModelRanker after = new ModelRanker(compressed, data.vocabulary())) {
            Agreement agreement = Agreement.of(before, after, data, MOST_USERS);
            if (agreement.users() < LEAST_USERS) {
                throw new MillraceException(
                        ErrorCode.CONFLICT,
                        agreement.users() + " users have two or more actions; at least " + LEAST_USERS
                                + " are needed to tell what a compressed model loses");
            }
            PairedSpeed speed = RequestTime.speed(original, compressed, histories(original, data));
            CompressionReport report = new CompressionReport(
                    compression.method(),
                    agreement.users(),
                    agreement.actualNdcg10(),
                    agreement.expectedNdcg10(),
                    agreement.overlap(),
                    agreement.meanDifference(),
                    agreement.largestDifference(),
                    speed,
                    compressed.manifest().bytes(),
                    original.manifest().bytes(),
                    worstOperator(compression, before, data, work),
                    null);
            return report.withRefusal(refusal(report, limits));
        }
    }

    /** In the bundle's numbers; items that it does not know are left out, and so are users who have no other. */
    private static int[][] histories(Bundle bundle, SequenceDataset data) {
        int[] known = new int[data.itemCount()];
        Arrays.setAll(known, item -> bundle.vocabulary().index(data.vocabulary().get(item)));
        return Arrays.stream(data.sequences())
                .limit(TIMED_HISTORIES)
                .map(sequence -> Arrays.stream(sequence)
                        .map(item -> known[item])
                        .filter(item -> item >= 0)
                        .toArray())
                .filter(history -> history.length > 0)
                .toArray(int[][]::new);
    }

    private static @Nullable String refusal(CompressionReport report, CompressionLimits limits) {
        String loser = "; operator '" + report.worstOperator() + "' loses most";
        if (!(report.ndcgLoss() <= limits.ndcgLoss())) {
            return told("loses %.4f of its NDCG@10, more than %.4f", report.ndcgLoss(), limits.ndcgLoss()) + loser;
        }
        if (!(report.overlap() >= limits.overlap())) {
            return told("keeps %.4f of the first ten answers, less than %.4f", report.overlap(), limits.overlap())
                    + loser;
        }
        return report.speed().slowerThan(limits.speed());
    }

    private static String told(String format, double found, double limit) {
        return String.format(Locale.ROOT, format, found, limit);
    }

    private static String worstOperator(Compression compression, ModelRanker before, SequenceDataset data, Path work)
            throws IOException {
        String worst = "";
        double most = -1;
        int count = 0;
        for (String operator : compression.operators()) {
            Bundle one = BundleWriter.write(
                    work.resolve("operator-" + count++),
                    compression.content(Set.of(operator), evidence(compression, Map.of())));
            try (ModelRanker alone = new ModelRanker(one, data.vocabulary())) {
                double moved =
                        Agreement.of(before, alone, data, USERS_PER_OPERATOR).meanDifference();
                if (moved > most) {
                    most = moved;
                    worst = operator;
                }
            }
        }
        return worst;
    }

    private static Evidence evidence(Compression compression, Map<String, String> outcome) {
        Bundle original = compression.original();
        Map<String, String> lineage = new HashMap<>(original.manifest().facts().lineage());
        lineage.put(CompressionEvidence.METHOD, compression.method());
        // What the original passed is no outcome of this comparison.
        lineage.remove(CompressionEvidence.PARITY);
        lineage.putAll(outcome);
        Map<String, Double> metrics = new HashMap<>(original.manifest().facts().metrics());
        metrics.putAll(compression.metrics());
        return new Evidence(
                metrics,
                lineage,
                original.curve(),
                original.manifest().facts().features(),
                List.of(original.version()));
    }

    private static Evidence withMetrics(Evidence evidence, CompressionReport report) {
        Map<String, Double> metrics = new HashMap<>(evidence.metrics());
        metrics.put("parityNdcg10", report.ndcg10());
        metrics.put("parityNdcgLoss", report.ndcgLoss());
        metrics.put("parityOverlap", report.overlap());
        metrics.put("paritySpeed", report.speed().ratio());
        return new Evidence(metrics, evidence.lineage(), evidence.curve(), evidence.features(), evidence.parents());
    }
}
