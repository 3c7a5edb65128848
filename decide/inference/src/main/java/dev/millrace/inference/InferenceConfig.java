package dev.millrace.inference;

import dev.millrace.inference.batching.BatchingConfig;
import dev.millrace.runtime.Configuration;

/**
 * The limits of inference (immutable).
 *
 * @param maxCandidates the most candidates that one call may score; the buffers are this large
 * @param slots how many calls of each kind run at once; further callers wait
 * @param userStates how many user vectors a model remembers, so that a history is encoded once; 0 for none
 * @param gathers whether the scorer's graph gathers item rows where they lie, instead of being handed copies
 * @param device where graphs run
 * @param batching how calls of many requests share one run
 */
public record InferenceConfig(
        int maxCandidates, int slots, int userStates, boolean gathers, DeviceConfig device, BatchingConfig batching) {
    public static final int DEFAULT_MAX_CANDIDATES = 1024;
    /** 4 MiB at 64 dimensions: the people of the last minutes. */
    public static final int DEFAULT_USER_STATES = 16_384;

    private static final int LARGEST_MAX_CANDIDATES = 1 << 16;
    private static final int LARGEST_SLOTS = 1024;
    private static final int LARGEST_USER_STATES = 1 << 24;

    public InferenceConfig {
        requireWithin("inference.max-candidates", maxCandidates, 1, LARGEST_MAX_CANDIDATES);
        requireWithin("inference.slots", slots, 1, LARGEST_SLOTS);
        requireWithin("inference.user-states", userStates, 0, LARGEST_USER_STATES);
    }

    /** The given sizes, no memory of users, and otherwise the defaults. */
    public static InferenceConfig of(int maxCandidates, int slots) {
        return new InferenceConfig(maxCandidates, slots, 0, false, DeviceConfig.defaults(), BatchingConfig.defaults());
    }

    /** Two slots a core: one that computes, and one whose owner was set aside by the scheduler. */
    public static InferenceConfig defaults() {
        return of(DEFAULT_MAX_CANDIDATES, defaultSlots()).withUserStates(DEFAULT_USER_STATES);
    }

    public static InferenceConfig from(Configuration configuration) {
        return new InferenceConfig(
                configuration.integer("inference.max-candidates", DEFAULT_MAX_CANDIDATES, 1, LARGEST_MAX_CANDIDATES),
                configuration.integer("inference.slots", defaultSlots(), 1, LARGEST_SLOTS),
                configuration.integer("inference.user-states", DEFAULT_USER_STATES, 0, LARGEST_USER_STATES),
                configuration.flag("inference.gather", false),
                DeviceConfig.from(configuration),
                BatchingConfig.from(configuration));
    }

    public InferenceConfig withUserStates(int count) {
        return new InferenceConfig(maxCandidates, slots, count, gathers, device, batching);
    }

    public InferenceConfig withGathers(boolean other) {
        return new InferenceConfig(maxCandidates, slots, userStates, other, device, batching);
    }

    public InferenceConfig withDevice(DeviceConfig other) {
        return new InferenceConfig(maxCandidates, slots, userStates, gathers, other, batching);
    }

    public InferenceConfig withBatching(BatchingConfig other) {
        return new InferenceConfig(maxCandidates, slots, userStates, gathers, device, other);
    }

    private static int defaultSlots() {
        return Math.min(LARGEST_SLOTS, 2 * Runtime.getRuntime().availableProcessors());
    }

    private static void requireWithin(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(key + " is " + value + "; give " + min + " to " + max);
        }
    }
}
