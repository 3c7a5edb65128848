package dev.millrace.training;

import dev.millrace.model.InvalidValueException;
import dev.millrace.training.ranking.RankerConfig;

/**
 * How a ranker is trained from an event log.
 *
 * @param impressions the newest so many are learnt from and measured on
 * @param leastImpressions with fewer there is nothing to learn
 */
public record RankerPlan(RankerConfig config, int impressions, int leastImpressions) {
    /** Some minutes of learning on one core, and some hundred megabytes. */
    public static final int DEFAULT_IMPRESSIONS = 300_000;

    public static final int DEFAULT_LEAST_IMPRESSIONS = 10_000;

    public RankerPlan {
        int floor = 10 * config.learning().batch();
        if (leastImpressions < floor || impressions < leastImpressions || impressions > 10_000_000) {
            throw new InvalidValueException(
                    "impressions, least impressions",
                    "are " + impressions + " and " + leastImpressions + "; give at least " + floor
                            + ", ten batches, and at most 10,000,000");
        }
    }

    public static RankerPlan defaults() {
        return new RankerPlan(RankerConfig.defaults(), DEFAULT_IMPRESSIONS, DEFAULT_LEAST_IMPRESSIONS);
    }
}
