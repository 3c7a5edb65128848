package dev.millrace.training.online;

import dev.millrace.samples.ImpressionOptions;

import java.time.Duration;

/**
 * The bounds of learning online. Immutable.
 *
 * @param publishEvery the least time between two deltas
 * @param feedbackWindow how long feedback on a slate is waited for; later feedback is not learnt from
 * @param freeze how long nothing is learnt after the guard has rolled back
 * @param items the most items that differ from the trained model; the one that was met longest ago goes first
 * @param slatesPerSecond the most slates that are learnt from in a second; others are left out
 * @param calibrationWindow how long it is waited for what a ranker foretells; as long as its training does; 0 to leave its probabilities as
 *     they are
 * @param modelWeight what the model's score counts in an item's value: {@code recommend.weights.model}
 */
public record OnlineConfig(
        Duration publishEvery,
        Duration feedbackWindow,
        Duration freeze,
        int items,
        int slatesPerSecond,
        Duration calibrationWindow,
        float modelWeight) {
    /** Longer ones would have to be remembered. */
    public static final Duration MOST_CALIBRATION_WINDOW = Duration.ofDays(1);

    public OnlineConfig {
        require("publishEvery", publishEvery, Duration.ofSeconds(1), Duration.ofHours(1));
        require("feedbackWindow", feedbackWindow, Duration.ofSeconds(1), Duration.ofHours(1));
        require("calibrationWindow", calibrationWindow, Duration.ZERO, MOST_CALIBRATION_WINDOW);
        require("freeze", freeze, Duration.ofSeconds(1), Duration.ofDays(1));
        if (items < 1 || items > 100_000) {
            throw new IllegalArgumentException("items is " + items + "; give 1 to 100,000");
        }
        if (slatesPerSecond < 1 || slatesPerSecond > 10_000) {
            throw new IllegalArgumentException("slatesPerSecond is " + slatesPerSecond + "; give 1 to 10,000");
        }
        if (!(modelWeight >= 0 && modelWeight <= 100)) {
            throw new IllegalArgumentException("modelWeight is " + modelWeight + "; give 0 to 100");
        }
    }

    public static OnlineConfig defaults() {
        return new OnlineConfig(
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                10_000,
                200,
                ImpressionOptions.defaults().window(),
                0.3f);
    }

    private static void require(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " is " + value + "; give " + least + " to " + most);
        }
    }
}
