package dev.millrace.inference;

import dev.millrace.runtime.Configuration;

/**
 * The limits of inference (immutable).
 *
 * @param maxCandidates the most candidates that one call may score; the buffers are this large
 * @param slots how many calls of each kind run at once; further callers wait
 */
public record InferenceConfig(int maxCandidates, int slots) {
    public static final int DEFAULT_MAX_CANDIDATES = 1024;
    private static final int LARGEST_MAX_CANDIDATES = 1 << 16;
    private static final int LARGEST_SLOTS = 1024;

    public InferenceConfig {
        requireWithin("inference.max-candidates", maxCandidates, LARGEST_MAX_CANDIDATES);
        requireWithin("inference.slots", slots, LARGEST_SLOTS);
    }

    /** Two slots a core: one that computes, and one whose owner was set aside by the scheduler. */
    public static InferenceConfig defaults() {
        return new InferenceConfig(DEFAULT_MAX_CANDIDATES, defaultSlots());
    }

    public static InferenceConfig from(Configuration configuration) {
        return new InferenceConfig(
                configuration.integer("inference.max-candidates", DEFAULT_MAX_CANDIDATES, 1, LARGEST_MAX_CANDIDATES),
                configuration.integer("inference.slots", defaultSlots(), 1, LARGEST_SLOTS));
    }

    private static int defaultSlots() {
        return Math.min(LARGEST_SLOTS, 2 * Runtime.getRuntime().availableProcessors());
    }

    private static void requireWithin(String key, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(key + " is " + value + "; give 1 to " + max);
        }
    }
}
