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
 * Decides whether a new ranker may be live. It must foretell its first action better than that action's rate does; and beside a
 * live one, on the same impressions, from which neither has learnt, no head that both have may be worse. Heads of rare actions
 * are not asked: a few of them decide by chance. Immutable.
 */
public final class RankerGate {
    /** Differences of AUC below it are chance: one standard error on some ten thousand impressions is larger. */
    static final double AUC_TOLERANCE = 0.002;

    /** Of the log loss, relative; calibration moves a little with the newest impressions. */
    static final double LOSS_TOLERANCE = 0.002;

    /** An action that followed fewer impressions says nothing about which of two foretells it better. */
    public static final int LEAST_POSITIVES = 100;

    /** Of a bundle's lineage: the {@link PlaceCurve} that its ranker learnt by; missing where places were not weighed. */
    public static final String PLACES = "placeCurve";

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
            foretellAtPlaces(probabilities, placesOf(bundle));
            return HeadFigures.of(probabilities, ranker.heads(), codes, examples, from);
        }
    }

    /** A ranker that weighs places says what follows where an item is looked at; what is measured is what followed. */
    private void foretellAtPlaces(double[][] probabilities, PlaceCurve places) {
        for (double[] head : probabilities) {
            for (int i = 0; i < head.length; i++) {
                head[i] *= places.at(examples.place(from + i));
            }
        }
    }

    private static PlaceCurve placesOf(MultiTaskBundle bundle) {
        String text = bundle.bundle().manifest().facts().lineage().get(PLACES);
        return text == null ? PlaceCurve.none() : PlaceCurve.parse(text);
    }

    /** Why a ranker is of no use, whatever it would replace; null where it is. */
    public static @Nullable String futility(HeadFigures figures, ActionType first) {
        String name = first.name().toLowerCase(Locale.ROOT);
        for (Head head : figures.heads()) {
            if (head.name().equals(name)) {
                double rate = head.positives() / (double) head.scoring().impressions();
                double byRate = -rate * Math.log(rate) - (1 - rate) * Math.log1p(-rate);
                boolean isUseful = head.scoring().auc() > 0.5 && head.logLoss() < byRate;
                return isUseful
                        ? null
                        : String.format(
                                Locale.ROOT,
                                "%s is foretold no better than by its rate: AUC %.4f and log loss %.5f, by the rate 0.5 and %.5f",
                                name,
                                head.scoring().auc(),
                                head.logLoss(),
                                byRate);
            }
        }
        return "none or all of the impressions kept back were followed by a " + name + "; it cannot be measured";
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

    /** What is not a number is worse. */
    private static boolean isWorse(Head after, Head before) {
        return !(after.scoring().auc() >= before.scoring().auc() - AUC_TOLERANCE)
                || !(after.logLoss() <= before.logLoss() * (1 + LOSS_TOLERANCE));
    }
}
