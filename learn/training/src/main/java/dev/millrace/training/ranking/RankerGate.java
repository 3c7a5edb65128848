package dev.millrace.training.ranking;

import ai.onnxruntime.OrtException;
import dev.millrace.model.ActionType;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.training.ranking.HeadFigures.Head;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Decides whether a new ranker may replace the live one: both foretell the same impressions, from which neither has learnt, and
 * no head that both have may be worse. Heads of rare actions are not asked: a few of them decide by chance. Immutable.
 */
public final class RankerGate {
    /** Differences of AUC below it are chance: one standard error on some ten thousand impressions is larger. */
    static final double AUC_TOLERANCE = 0.002;

    /** Of the log loss, relative; calibration moves a little with the newest impressions. */
    static final double LOSS_TOLERANCE = 0.002;

    static final int LEAST_POSITIVES = 100;

    private final RankingExamples examples;
    private final RankerConfig config;
    private final int from;

    /** @param from the first of the examples that count; all behind it do too */
    public RankerGate(RankingExamples examples, RankerConfig config, int from) {
        this.examples = examples;
        this.config = config;
        this.from = from;
    }

    /** What a bundle reaches on the impressions that were kept back; null where it reads other inputs than they have. */
    public @Nullable HeadFigures measure(MultiTaskBundle bundle) throws IOException, OrtException {
        try (ExportedRanker ranker = new ExportedRanker(bundle)) {
            if (!ranker.canRead(examples, config)) {
                return null;
            }
            List<Byte> codes = ranker.heads().stream()
                    .map(head ->
                            ActionType.valueOf(head.toUpperCase(Locale.ROOT)).code())
                    .toList();
            double[][] probabilities = ranker.probabilities(examples, from, examples.count());
            return HeadFigures.of(probabilities, ranker.heads(), codes, examples, from);
        }
    }

    /** Why the new one must not replace the live one; null where it may. */
    public static @Nullable String objection(HeadFigures next, HeadFigures live) {
        for (Head before : live.heads()) {
            for (Head after : next.heads()) {
                if (after.name().equals(before.name()) && isTelling(before) && isWorse(after, before)) {
                    return String.format(
                            Locale.ROOT,
                            "%s is foretold worse than by the live one: AUC %.4f and log loss %.5f, live %.4f and %.5f",
                            after.name(),
                            after.scoring().auc(),
                            after.logLoss(),
                            before.scoring().auc(),
                            before.logLoss());
                }
            }
        }
        return null;
    }

    private static boolean isTelling(Head head) {
        return head.positives() >= LEAST_POSITIVES;
    }

    private static boolean isWorse(Head after, Head before) {
        return after.scoring().auc() < before.scoring().auc() - AUC_TOLERANCE
                || after.logLoss() > before.logLoss() * (1 + LOSS_TOLERANCE);
    }
}
