package dev.millrace.samples;

import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * An item that was shown to a user, what was known just before, and what the user did with it.
 *
 * @param offset the impression's place in the log
 * @param features the values at that time; shared, so do not change them
 * @param outcome one bit per {@link ActionType#code()} of the actions that followed
 * @param shown how the served slate showed it; null where no slate is known
 */
public record ImpressionSample(
        UserId user,
        ItemId item,
        Instant time,
        long offset,
        FeatureRow features,
        int outcome,
        @Nullable Shown shown) {
    /** Whether an action of this type followed. */
    public boolean has(ActionType type) {
        return (outcome & 1 << type.code()) != 0;
    }

    /**
     * How a slate showed the item.
     *
     * @param position its place, from 0
     * @param propensity the probability with which the policy put it there
     */
    public record Shown(
            RecommendationId recommendation,
            String arm,
            String model,
            int position,
            float score,
            float propensity,
            String source) {}
}
