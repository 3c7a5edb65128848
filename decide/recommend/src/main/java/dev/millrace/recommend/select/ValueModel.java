package dev.millrace.recommend.select;

/**
 * What an item is worth to a user now: a weighted sum of log-odds, one addend per {@link Part}. Stateless, thread-safe.
 *
 * <p>Idea: the probability of a click is taken as a product of what the model says of user and item, and of corrections
 * that the model cannot know. Logarithms make the product a sum, give every part the same unit (nats), and make a
 * weight an exponent: 1 takes the part at its word, 0 ignores it. Rates are smoothed towards the mean of the candidates
 * ({@code (clicks + n·p) / (impressions + n)}), so that an item that was shown twice proves nothing.
 */
public final class ValueModel {
    /** Impressions that the prior counts for: with 1 click in 20 shows usual, one click must not outweigh it. */
    static final float PRIOR_IMPRESSIONS = 20;
    /** The click rate taken for candidates without a single impression. */
    static final float PRIOR_CLICK_RATE = 0.05f;
    /** A complaint rate that costs log(2): one in a hundred shows. */
    static final float NOTABLE_COMPLAINT_RATE = 0.01f;
    /** A co-visitation strength that is worth log(2). */
    static final float NOTABLE_CO_VISITATION = 0.05f;
    /** Actions that the uniform prior over topics counts for. */
    static final float PRIOR_TOPIC_ACTIONS = 3;
    /**
     * Expected actions that the prior of a topic's lift counts for: its inverse is the variance of lifts among users, who
     * love a few topics and leave the others alone.
     */
    static final float PRIOR_TOPIC_EXPECTED = 0.4f;
    /** Days after which half of the freshness is left. */
    static final float FRESHNESS_HALF_LIFE_DAYS = 3;

    /** A tenth of a thousandth of a click. */
    static final float LEAST_UTILITY = 1e-4f;

    private static final double LN2 = Math.log(2);

    private ValueModel() {}

    /** Scores relative to the best one: 0 for it, the difference of log-probabilities for the others. */
    public static void relativeScores(float[] scores, int n, float[] into) {
        float best = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            best = Math.max(best, scores[i]);
        }
        for (int i = 0; i < n; i++) {
            into[i] = scores[i] - best;
        }
    }

    /**
     * The logarithm of each utility over the best one: a ranker's expectation as a factor, as all parts are. What is expected to do
     * harm counts as next to nothing.
     */
    public static void relativeUtilities(float[] utilities, int n, float[] into) {
        float best = LEAST_UTILITY;
        for (int i = 0; i < n; i++) {
            best = Math.max(best, utilities[i]);
        }
        for (int i = 0; i < n; i++) {
            into[i] = (float) Math.log(Math.max(LEAST_UTILITY, utilities[i]) / best);
        }
    }

    /** The mean click rate of the candidates, smoothed: what a single item's rate is compared with. */
    public static float meanClickRate(float[] clicks, float[] impressions, int n) {
        double allClicks = 0;
        double allImpressions = 0;
        for (int i = 0; i < n; i++) {
            allClicks += clicks[i];
            allImpressions += impressions[i];
        }
        double rate = (allClicks + PRIOR_IMPRESSIONS * PRIOR_CLICK_RATE) / (allImpressions + PRIOR_IMPRESSIONS);
        return (float) Math.min(1, rate);
    }

    /** The logarithm of an item's smoothed click rate over the mean one. */
    public static float clickRateLift(float clicks, float impressions, float mean) {
        // Clicks may come without impressions, from imported data: no rate above 1.
        double rate = (clicks + PRIOR_IMPRESSIONS * mean) / (Math.max(impressions, clicks) + PRIOR_IMPRESSIONS);
        return (float) Math.log(rate / mean);
    }

    /** 0 without complaints, log(2) at one complaint in a hundred shows, growing slowly. */
    public static float complaintPenalty(float complaints, float impressions) {
        double rate = complaints / (Math.max(impressions, complaints) + PRIOR_IMPRESSIONS);
        return (float) Math.log1p(rate / NOTABLE_COMPLAINT_RATE);
    }

    /** 1 for an item created now, one half after the half-life, towards 0. */
    public static float freshness(float ageDays) {
        return (float) Math.exp(-LN2 * Math.max(0, ageDays) / FRESHNESS_HALF_LIFE_DAYS);
    }

    /** The part of a user's actions that falls on a topic, over that of an average topic; smoothed to 1. */
    public static float topicLift(float actionsOnTopic, float actionsOnAll, int topics) {
        return (actionsOnTopic * topics + PRIOR_TOPIC_ACTIONS) / (actionsOnAll + PRIOR_TOPIC_ACTIONS);
    }

    /**
     * The user's actions on a topic over those that are usual for what was shown of it; smoothed to 1.
     *
     * @param expected how many actions what was shown usually draws
     */
    public static float topicLift(float actions, float expected) {
        return (actions + PRIOR_TOPIC_EXPECTED) / (expected + PRIOR_TOPIC_EXPECTED);
    }

    public static float coVisitation(float strength) {
        return (float) Math.log1p(strength / NOTABLE_CO_VISITATION);
    }

    public static float popularity(float positiveActions) {
        return (float) Math.log1p(positiveActions);
    }
}
