package dev.millrace.index;

import java.time.Duration;

/**
 * How co-visitation is counted and how much memory it may take: at most about 12 bytes for each of
 * {@code maxItems × neighbours} pairs.
 *
 * @param neighbours partners kept per item, 4 to 256
 * @param maxItems items with partners, 16 to 100,000,000; the longest untouched one makes room
 * @param window most recent actions of a user that a new action is paired with, 1 to 64
 * @param halfLife the time in which a pair loses half of its weight
 */
public record CoVisitationConfig(int neighbours, int maxItems, int window, Duration halfLife) {
    public CoVisitationConfig {
        Bounds.require("index.covisitation.neighbours", neighbours, 4, 256);
        Bounds.require("index.covisitation.max-items", maxItems, 16, 100_000_000);
        Bounds.require("index.covisitation.window", window, 1, 64);
        Bounds.require("index.covisitation.half-life (millis)", (double) halfLife.toMillis(), 1_000, 1e13);
    }

    public static CoVisitationConfig defaults() {
        return new CoVisitationConfig(48, 1_000_000, 16, Duration.ofDays(30));
    }
}
