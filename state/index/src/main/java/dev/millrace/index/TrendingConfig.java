package dev.millrace.index;

import java.time.Duration;

/**
 * How trending items are counted.
 *
 * @param capacity items that are kept in order, 16 to 65,536
 * @param halfLife the time in which an action loses half of its weight
 */
public record TrendingConfig(int capacity, Duration halfLife) {
    public TrendingConfig {
        Bounds.require("index.trending.capacity", capacity, 16, 65_536);
        Bounds.require("index.trending.half-life (millis)", (double) halfLife.toMillis(), 1_000, 1e13);
    }

    public static TrendingConfig defaults() {
        return new TrendingConfig(2_048, Duration.ofDays(1));
    }
}
