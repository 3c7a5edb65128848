package dev.millrace.training.online;

import dev.millrace.training.online.belief.Belief;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From an item's value to the probability of a click: how sharply values tell, within a slate and between slates, and how
 * much less is seen further down. Owned by the learner.
 *
 * <pre>
 * logit = intercept + between · (mean of the slate) + within · (value − mean of the slate) + place
 * </pre>
 *
 * <p>They change slowly, on purpose: when a whole slate disappoints, that is to be laid to its items, so that others get
 * their turn, and not to the intercept, which would excuse them.
 */
final class Heads {
    private static final int PLACES = 8;
    /** So small that they follow a change only within some hundred thousand impressions, or a million where few click. */
    private static final double LEAST_VARIANCE = 2e-5;

    private static final Belief.Bound BOUND = new Belief.Bound(0.1, 10);
    private static final double LEAST_SLOPE = 0.1;
    private static final String INTERCEPT = "intercept";
    private static final String WITHIN = "within";
    private static final String BETWEEN = "between";
    private static final String PLACE = "place-";

    private final Belief intercept;
    private final Belief within;
    private final Belief between;
    private final Belief[] places = new Belief[PLACES];

    /** @param known what {@link #values} gave; what is missing begins anew */
    Heads(Map<String, Double> known) {
        intercept = belief(known, INTERCEPT, -1.2, 1);
        within = belief(known, WITHIN, 0.6, 0.05);
        between = belief(known, BETWEEN, 0.3, 0.05);
        for (int place = 0; place < PLACES; place++) {
            places[place] = belief(known, PLACE + place, 0, 0.05);
        }
    }

    private static Belief belief(Map<String, Double> known, String name, double start, double variance) {
        Double value = known.get(name);
        return value == null ? new Belief(start, variance, 0) : new Belief(value, LEAST_VARIANCE, 0);
    }

    /** The derivative of the logit by an item's value, apart from the slate's mean. */
    double slope() {
        return Math.max(LEAST_SLOPE, within.mean());
    }

    /** The probability of a click on an item at a place. */
    double probability(double value, double mean, int place) {
        double logit = intercept.mean()
                + between.mean() * mean
                + slope() * (value - mean)
                + places[Math.min(place, PLACES - 1)].mean();
        return 1 / (1 + Math.exp(-logit));
    }

    /** @param error the probability less 1 for a click, less 0 for none */
    void step(double error, double curvature, double value, double mean, int place) {
        double difference = value - mean;
        intercept.step(error, curvature, LEAST_VARIANCE, BOUND);
        within.step(error * difference, curvature * difference * difference, LEAST_VARIANCE, BOUND);
        between.step(error * mean, curvature * mean * mean, LEAST_VARIANCE, BOUND);
        if (place > 0) { // the first place's is part of the intercept
            places[Math.min(place, PLACES - 1)].step(error, curvature, LEAST_VARIANCE, BOUND);
        }
    }

    SortedMap<String, Double> values() {
        SortedMap<String, Double> values = new TreeMap<>();
        values.put(INTERCEPT, intercept.mean());
        values.put(WITHIN, within.mean());
        values.put(BETWEEN, between.mean());
        for (int place = 0; place < PLACES; place++) {
            values.put(PLACE + place, places[place].mean());
        }
        return values;
    }
}
