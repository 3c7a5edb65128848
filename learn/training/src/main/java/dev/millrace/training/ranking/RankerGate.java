package dev.millrace.training.ranking;

import ai.onnxruntime.OrtException;
import dev.millrace.model.ActionType;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.training.ranking.HeadFigures.Head;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Decides whether a new ranker may be live. It must foretell its first action better than that action's rate does; and beside a
 * live one, on the same impressions, from which neither has learnt, no head that both have may be worse. Heads of rare actions
 * are not asked: a few of them decide by chance. Immutable.
 *
 * <p>What is measured is what followed at a place. Where a ranker weighs places, all are told alike how much each is looked at: else
 * who knows nothing of items would win by places alone.
 */
public final class RankerGate {
    /** Differences of AUC below it are chance: one standard error on some ten thousand impressions is larger. */
    static final double AUC_TOLERANCE = 0.002;

    /** Of the log loss, relative; calibration moves a little with the newest impressions. */
    static final double LOSS_TOLERANCE = 0.002;

    /** An action that followed fewer impressions says nothing about which of two foretells it better. */
    public static final int LEAST_POSITIVES = 100;

    /** Certainty would make a single error cost without end. */
    private static final double MOST = 1 - 1e-9;

    /** Of a bundle's lineage: the {@link PlaceCurve} that its ranker learnt by; missing where places were not weighed. */
    public static final String PLACES = "placeCurve";

    private final RankingExamples examples;
    private final RankerConfig config;
    private final int from;
    private final PlaceCurve places;

    /**
     * @param from the first of the examples that count; all behind it do too
     * @param places how much each place is looked at; none where no ranker weighs them
     */
    public RankerGate(RankingExamples examples, RankerConfig config, int from, PlaceCurve places) {
        this.examples = examples;
        this.config = config;
        this.from = from;
        this.places = places;
    }

    /** By what a new ranker and a live one are measured: the new one's places, or the live one's where it has none. */
    public static PlaceCurve placesOf(TrainedRanker next, @Nullable MultiTaskBundle live) {
        return next.places().equals(PlaceCurve.none()) && live != null ? placesOf(live) : next.places();
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
            foretellAtPlaces(probabilities, !placesOf(bundle).equals(PlaceCurve.none()));
            return HeadFigures.of(probabilities, ranker.heads(), codes, examples, from);
        }
    }

    /** What is reached by who knows how often each action follows, and how much places are looked at, and nothing of items. */
    public HeadFigures byRate() {
        int count = examples.count() - from;
        List<Byte> codes = config.heads().stream().map(ActionType::code).toList();
        double[][] probabilities = new double[codes.size()][count];
        for (int head = 0; head < codes.size(); head++) {
            int followed = 0;
            for (int i = 0; i < count; i++) {
                followed += examples.has(from + i, codes.get(head)) ? 1 : 0;
            }
            Arrays.fill(probabilities[head], (double) followed / count);
        }
        foretellAtPlaces(probabilities, false);
        List<String> names = config.heads().stream()
                .map(action -> action.name().toLowerCase(Locale.ROOT))
                .toList();
        return HeadFigures.of(probabilities, names, codes, examples, from);
    }

    /** @param ofFirstPlace whether they are those of an item that stands first, as who weighs places has them; else of a mean place */
    private void foretellAtPlaces(double[][] probabilities, boolean ofFirstPlace) {
        double known = ofFirstPlace ? 1 : meanLook();
        for (double[] head : probabilities) {
            for (int i = 0; i < head.length; i++) {
                head[i] = Math.min(MOST, head[i] * places.at(examples.place(from + i)) / known);
            }
        }
    }

    private double meanLook() {
        double sum = 0;
        for (int row = from; row < examples.count(); row++) {
            sum += places.at(examples.place(row));
        }
        return sum / (examples.count() - from);
    }

    private static PlaceCurve placesOf(MultiTaskBundle bundle) {
        String text = bundle.bundle().manifest().facts().lineage().get(PLACES);
        return text == null ? PlaceCurve.none() : PlaceCurve.parse(text);
    }

    /**
     * Why a ranker is of no use, whatever it would replace; null where it is.
     *
     * @param byRate what is to be surpassed
     */
    public static @Nullable String futility(HeadFigures figures, HeadFigures byRate, ActionType first) {
        String name = first.name().toLowerCase(Locale.ROOT);
        Head head = named(figures, name);
        Head plain = named(byRate, name);
        if (head != null && plain != null) {
            boolean isUseful = head.scoring().auc() > plain.scoring().auc() && head.logLoss() < plain.logLoss();
            return isUseful
                    ? null
                    : String.format(
                            Locale.ROOT,
                            "%s is foretold no better than by its rate: AUC %.4f and log loss %.5f, by the rate %.4f and %.5f",
                            name,
                            head.scoring().auc(),
                            head.logLoss(),
                            plain.scoring().auc(),
                            plain.logLoss());
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

    private static @Nullable Head named(HeadFigures figures, String name) {
        return figures.heads().stream()
                .filter(head -> head.name().equals(name))
                .findFirst()
                .orElse(null);
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
