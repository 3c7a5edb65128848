package dev.millrace.recommend.live;

import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;

/**
 * How a bundle becomes a live model. Immutable.
 *
 * @param index how the index is built; its directory, where it has one, keeps an index per model version
 * @param vectors where the vectors of its items lie
 * @param warmUpRounds runs of both graphs before the first request
 */
public record LiveModelConfig(
        InferenceConfig inference, VectorIndexConfig index, VectorTables vectors, int warmUpRounds) {
    /** Enough for the runtime to have allocated its arena for each batch size. */
    private static final int DEFAULT_WARM_UP_ROUNDS = 200;

    public LiveModelConfig {
        if (warmUpRounds < 0 || warmUpRounds > 100_000) {
            throw new IllegalArgumentException("warmUpRounds is " + warmUpRounds + "; give 0 to 100,000");
        }
    }

    public static LiveModelConfig of(InferenceConfig inference, VectorIndexConfig index, VectorTables vectors) {
        return new LiveModelConfig(inference, index, vectors, DEFAULT_WARM_UP_ROUNDS);
    }

    public static LiveModelConfig defaults() {
        return of(InferenceConfig.defaults(), VectorIndexConfig.defaults(), MemoryVectors.defaults());
    }
}
