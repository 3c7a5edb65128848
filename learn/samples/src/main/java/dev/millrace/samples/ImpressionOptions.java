package dev.millrace.samples;

import dev.millrace.model.InvalidValueException;

import java.time.Duration;

/**
 * How impressions and what followed them are brought together.
 *
 * @param window how long after an impression an action still counts as its outcome
 * @param maxPending impressions that may wait for their outcome; one more closes the oldest early
 * @param maxSlates served slates that are remembered, each with the features of its items: some kilobytes
 */
public record ImpressionOptions(Duration window, int maxPending, int maxSlates) {
    public ImpressionOptions {
        if (window.isNegative() || maxPending < 1 || maxSlates < 1) {
            throw new InvalidValueException(
                    "window, maxPending, maxSlates",
                    "are " + window + ", " + maxPending + ", " + maxSlates
                            + "; give a window that is not negative, and bounds of at least 1");
        }
    }

    public static ImpressionOptions defaults() {
        return new ImpressionOptions(Duration.ofMinutes(30), 1_000_000, 20_000);
    }
}
