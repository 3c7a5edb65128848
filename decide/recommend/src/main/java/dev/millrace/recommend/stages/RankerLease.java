package dev.millrace.recommend.stages;

import dev.millrace.recommend.live.LiveRanker;
import org.jspecify.annotations.Nullable;

/**
 * A request's lease of the live ranker; without one where none is live. Immutable.
 *
 * @param model null while no ranker is live
 */
public record RankerLease(@Nullable LiveRanker model) {
    private static final RankerLease NONE = new RankerLease(null);

    /** Takes over a lease that the slot gave; null for none. */
    public static RankerLease of(@Nullable LiveRanker model) {
        return model == null ? NONE : new RankerLease(model);
    }

    void release() {
        if (model != null) {
            model.release();
        }
    }
}
