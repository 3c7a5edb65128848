package dev.millrace.benchmarks.drift;

import dev.millrace.audience.world.Drift;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What to simulate. Immutable.
 *
 * @param seeds how many worlds, from seed 1 on
 * @param requestsPerSecond of all people together
 * @param train when the model is trained; it is the only one
 * @param at when the audience changes
 * @param length of the whole
 * @param drift what changes; null for nothing
 * @param cpuBudget the processor time of the training
 * @param work a folder that is used, and gone afterwards
 */
public record DriftOptions(
        int seeds,
        double requestsPerSecond,
        Duration train,
        Duration at,
        Duration length,
        @Nullable Drift drift,
        Duration cpuBudget,
        Path work) {
    public DriftOptions {
        if (seeds < 1 || seeds > 100) {
            throw new IllegalArgumentException("seeds is " + seeds + "; give 1 to 100");
        }
        if (!(requestsPerSecond > 0 && requestsPerSecond <= 10_000)) {
            throw new IllegalArgumentException("requestsPerSecond is " + requestsPerSecond + "; give 0 to 10,000");
        }
        if (train.compareTo(at) >= 0 || at.compareTo(length) >= 0) {
            throw new IllegalArgumentException("the training at " + train + " is to come before the drift at " + at
                    + ", and that before the end at " + length);
        }
    }
}
