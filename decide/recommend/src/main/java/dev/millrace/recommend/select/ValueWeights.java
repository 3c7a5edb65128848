package dev.millrace.recommend.select;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;

/**
 * How much each part of an item's value counts; immutable. All parts are log-odds, so a weight of 1 takes a part at its
 * word, and 0 ignores it.
 */
public record ValueWeights(
        float model,
        float affinity,
        float coVisitation,
        float clickRate,
        float popularity,
        float freshness,
        float complaints) {
    private static final float LARGEST = 100;

    public ValueWeights {
        requireWeight("model", model);
        requireWeight("affinity", affinity);
        requireWeight("co-visitation", coVisitation);
        requireWeight("click-rate", clickRate);
        requireWeight("popularity", popularity);
        requireWeight("freshness", freshness);
        requireWeight("complaints", complaints);
    }

    /**
     * With a live model. Its scores are sharper than its knowledge: at 1 they drown what the user did a moment ago and
     * what others did with the item, which weighs as much as before; at 0.3 they decide among items that are alike in that.
     * docs/benchmarks/demo.md has what other weights reached.
     */
    public static ValueWeights withModel() {
        return new ValueWeights(0.3f, 1.5f, 0.5f, 1, 0, 0.1f, 1);
    }

    /**
     * With a live ranker: at half its word, beside all that counts without it. It has learnt what topics, click rates and complaints
     * tell and could take their place; until that is measured on an audience, what was measured stays.
     */
    public static ValueWeights withRanker() {
        return new ValueWeights(0.5f, 1.5f, 0.5f, 1, 0, 0.1f, 1);
    }

    /**
     * Before a model is live, the user's topics and the item's own click rate carry the answer; co-visitation is sparse
     * and counts less, popularity breaks ties.
     */
    public static ValueWeights withoutModel() {
        return new ValueWeights(0, 1.5f, 0.5f, 1, 0.1f, 0.1f, 1);
    }

    /** Reads {@code PREFIX.model}, {@code PREFIX.affinity} and so on. */
    public static ValueWeights from(Configuration configuration, String prefix, ValueWeights defaults) {
        return new ValueWeights(
                read(configuration, prefix + ".model", defaults.model),
                read(configuration, prefix + ".affinity", defaults.affinity),
                read(configuration, prefix + ".co-visitation", defaults.coVisitation),
                read(configuration, prefix + ".click-rate", defaults.clickRate),
                read(configuration, prefix + ".popularity", defaults.popularity),
                read(configuration, prefix + ".freshness", defaults.freshness),
                read(configuration, prefix + ".complaints", defaults.complaints));
    }

    /** The factor on a part; what counts against an item is negative. */
    public float of(Part part) {
        return switch (part) {
            case MODEL -> model;
            case AFFINITY -> affinity;
            case CO_VISITATION -> coVisitation;
            case CLICK_RATE -> clickRate;
            case POPULARITY -> popularity;
            case FRESHNESS -> freshness;
            case COMPLAINTS -> -complaints;
            case ONLINE, BOOST -> 1;
        };
    }

    private static float read(Configuration configuration, String key, float defaultValue) {
        return (float) configuration.decimal(key, defaultValue, 0, LARGEST);
    }

    private static void requireWeight(String name, float weight) {
        if (!(weight >= 0 && weight <= LARGEST)) {
            throw new InvalidValueException("weight " + name, "is " + weight + "; give 0 to " + LARGEST);
        }
    }
}
