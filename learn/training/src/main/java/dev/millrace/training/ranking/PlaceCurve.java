package dev.millrace.training.ranking;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How likely each place of a slate is looked at, the first being 1. Immutable.
 *
 * <p>Idea: where chance alone decides which item stands where, items are the same at every place but for luck, so that what is clicked
 * less further down is looked at less: the curve is the click rate of each place over that of the first (Wang et al. 2016, Learning
 * to Rank with Selection Bias in Personal Search). An action divided by what its place was looked at is expected as often as if the item
 * had stood first (Joachims et al. 2017, Unbiased Learning-to-Rank with Biased Feedback; for a log loss over single items, Saito et al.
 * 2020, Unbiased Recommender Learning from Missing-Not-At-Random Implicit Feedback).
 *
 * <p>Only scenarios whose first place is given by chance too are counted, each against its own first place: chance that begins
 * further down has other items than the places above it.
 *
 * @param looked by place; a place behind the last is looked at as that is
 */
public record PlaceCurve(List<Double> looked) {
    /** Known to be above it, an action weighs ten at most: a single one must not decide. */
    private static final double LEAST = 0.1;
    /** With fewer at a scenario's first place there is nothing to compare with. */
    private static final int LEAST_ACTIONS = 100;
    /** How many expected actions the place before counts for: few say little. */
    private static final double PRIOR_ACTIONS = 20;

    private static final int MOST_PLACES = 50;

    private static final PlaceCurve NONE = new PlaceCurve(List.of(1.0));

    public PlaceCurve {
        looked = List.copyOf(looked);
        if (looked.isEmpty() || looked.stream().anyMatch(share -> !(share >= LEAST && share <= 1))) {
            throw new IllegalArgumentException(
                    "a place curve is " + looked + "; give one place or more, each " + LEAST + " to 1");
        }
    }

    /** All places are looked at alike. */
    public static PlaceCurve none() {
        return NONE;
    }

    /** Reads what {@link #text} wrote. */
    public static PlaceCurve parse(String text) {
        try {
            return new PlaceCurve(
                    Arrays.stream(text.split(",")).map(Double::valueOf).toList());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a place curve is '" + text + "'; give numbers, such as 1.0,0.8", e);
        }
    }

    /** Its numbers, with commas between them. */
    public String text() {
        return looked.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** @param place from 0; negative where it is not known: then nothing is corrected */
    public double at(int place) {
        return place < 0 ? 1 : looked.get(Math.min(place, looked.size() - 1));
    }

    /**
     * Estimates the curve from the first examples; {@link #none} where too few of them were placed by chance.
     *
     * @param count how many examples may be looked at
     * @param action the code of the most frequent action
     */
    static PlaceCurve estimate(RankingExamples examples, int count, int action) {
        Map<Integer, Tally> byScenario = new HashMap<>();
        for (int row = 0; row < count; row++) {
            if (examples.isByChance(row) && examples.place(row) < MOST_PLACES) {
                byScenario
                        .computeIfAbsent(examples.scenario(row), _ -> new Tally())
                        .add(examples.place(row), examples.has(row, action));
            }
        }
        byScenario.values().removeIf(tally -> tally.followed[0] < LEAST_ACTIONS);
        return byScenario.isEmpty() ? NONE : of(byScenario.values().stream().toList());
    }

    private static PlaceCurve of(List<Tally> tallies) {
        List<Double> looked = new ArrayList<>(Collections.nCopies(1, 1.0));
        for (int place = 1; place < MOST_PLACES; place++) {
            double followed = 0;
            double expected = 0;
            for (Tally tally : tallies) {
                followed += tally.followed[place];
                expected += tally.shown[place] * (double) tally.followed[0] / tally.shown[0];
            }
            if (expected == 0) {
                break;
            }
            double before = looked.get(place - 1);
            double share = (followed + PRIOR_ACTIONS * before) / (expected + PRIOR_ACTIONS);
            looked.add(Math.clamp(share, LEAST, 1));
        }
        return new PlaceCurve(looked);
    }

    /** By place: how many impressions, and how many that the action followed. Owned by the estimate. */
    private static final class Tally {
        private final int[] shown = new int[MOST_PLACES];
        private final int[] followed = new int[MOST_PLACES];

        void add(int place, boolean isFollowed) {
            shown[place]++;
            followed[place] += isFollowed ? 1 : 0;
        }
    }
}
