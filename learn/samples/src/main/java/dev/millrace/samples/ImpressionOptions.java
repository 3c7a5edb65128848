package dev.millrace.samples;

import dev.millrace.model.InvalidValueException;

import java.time.Duration;

/**
 * How impressions and what followed them are brought together.
 *
 * @param window how long after an impression an action still counts as its outcome
 * @param maxPending impressions that may wait for their outcome; one more closes the oldest early
 * @param maxRows items of served slates that are remembered, each with its features: some hundred bytes; one more forgets the
 *     oldest slate
 */
public record ImpressionOptions(Duration window, int maxPending, int maxRows) {
    public ImpressionOptions {
        if (window.isNegative() || maxPending < 1 || maxRows < 1) {
            throw new InvalidValueException(
                    "window, maxPending, maxRows",
                    "are " + window + ", " + maxPending + ", " + maxRows
                            + "; give a window that is not negative, and bounds of at least 1");
        }
    }

    public static ImpressionOptions defaults() {
        return new ImpressionOptions(Duration.ofMinutes(30), 1_000_000, 500_000);
    }
}
