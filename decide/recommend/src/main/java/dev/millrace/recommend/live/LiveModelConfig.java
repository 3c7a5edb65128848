package dev.millrace.recommend.live;

import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;

/**
 * How a bundle becomes a live model. Immutable.
 *
 * @param index how the index is built; its directory, where it has one, keeps an index per model version
 * @param maxItems the most item vectors that the table takes; later items stay without one
 * @param warmUpRounds runs of both graphs before the first request
 */
public record LiveModelConfig(InferenceConfig inference, VectorIndexConfig index, int maxItems, int warmUpRounds) {
    private static final int DEFAULT_MAX_ITEMS = 1 << 26;
    /** Enough for the runtime to have allocated its arena for each batch size. */
    private static final int DEFAULT_WARM_UP_ROUNDS = 200;

    public LiveModelConfig {
        if (maxItems < 1 || maxItems > 1 << 28) {
            throw new IllegalArgumentException("maxItems is " + maxItems + "; give 1 to " + (1 << 28));
        }
        if (warmUpRounds < 0 || warmUpRounds > 100_000) {
            throw new IllegalArgumentException("warmUpRounds is " + warmUpRounds + "; give 0 to 100,000");
        }
    }

    public static LiveModelConfig of(InferenceConfig inference, VectorIndexConfig index) {
        return new LiveModelConfig(inference, index, DEFAULT_MAX_ITEMS, DEFAULT_WARM_UP_ROUNDS);
    }

    public static LiveModelConfig defaults() {
        return of(InferenceConfig.defaults(), VectorIndexConfig.defaults());
    }
}
