package dev.millrace.features;

import dev.millrace.runtime.Configuration;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The sizes, bounds and half-lives of the state.
 *
 * @param historyLength positive actions kept per user, a power of two, 2 to 128
 * @param seenCapacity items kept per user as seen, the oldest forgotten first, 2 to 256
 * @param userTopics topics counted per user, the weakest forgotten first, 2 to 128
 * @param implicitItems whether an action on an unknown item makes that item available
 * @param recentRecommendations served slates whose arm is remembered for their feedback
 * @param halfLives how fast counters forget
 */
public record FeaturesConfig(
        int historyLength,
        int seenCapacity,
        int userTopics,
        boolean implicitItems,
        int recentRecommendations,
        HalfLives halfLives) {
    public FeaturesConfig {
        requireBetween("features.history-length", historyLength, 2, 128);
        requireBetween("features.seen-capacity", seenCapacity, 2, 256);
        requireBetween("features.user-topics", userTopics, 2, 128);
        requireBetween("features.recent-recommendations", recentRecommendations, 1, 10_000_000);
        if (Integer.bitCount(historyLength) != 1) {
            throw new IllegalArgumentException(
                    "features.history-length is " + historyLength + "; give a power of two, such as 64");
        }
    }

    public static FeaturesConfig defaults() {
        return new FeaturesConfig(64, 256, 32, true, 100_000, HalfLives.defaults());
    }

    public static FeaturesConfig from(Configuration configuration) {
        FeaturesConfig d = defaults();
        return new FeaturesConfig(
                configuration.integer("features.history-length", d.historyLength, 2, 128),
                configuration.integer("features.seen-capacity", d.seenCapacity, 2, 256),
                configuration.integer("features.user-topics", d.userTopics, 2, 128),
                configuration.flag("features.implicit-items", d.implicitItems),
                configuration.integer("features.recent-recommendations", d.recentRecommendations, 1, 10_000_000),
                HalfLives.from(configuration));
    }

    /** As {@code key=value} each, so that another process can be given the same. */
    public List<String> settings() {
        return List.of(
                "features.history-length=" + historyLength,
                "features.seen-capacity=" + seenCapacity,
                "features.user-topics=" + userTopics,
                "features.implicit-items=" + implicitItems,
                "features.recent-recommendations=" + recentRecommendations,
                "features.half-life.views=" + exact(halfLives.views),
                "features.half-life.opinions=" + exact(halfLives.opinions),
                "features.half-life.positives=" + exact(halfLives.positives),
                "features.half-life.user-topic=" + exact(halfLives.userTopic),
                "features.half-life.item-hour=" + exact(halfLives.itemHour));
    }

    /** As it was read: the finest unit that settings know. */
    private static String exact(Duration time) {
        return TimeUnit.MICROSECONDS.convert(time) + "us";
    }

    /**
     * How fast counters forget: the time after which half of an event is left.
     *
     * @param views impressions, clicks and long views of an item
     * @param opinions likes and complaints of an item
     * @param positives all positive actions on an item
     * @param userTopic a user's positive actions on a topic
     * @param itemHour an item's positive actions in an hour of the day
     */
    public record HalfLives(
            Duration views, Duration opinions, Duration positives, Duration userTopic, Duration itemHour) {
        public HalfLives {
            requirePositive("features.half-life.views", views);
            requirePositive("features.half-life.opinions", opinions);
            requirePositive("features.half-life.positives", positives);
            requirePositive("features.half-life.user-topic", userTopic);
            requirePositive("features.half-life.item-hour", itemHour);
        }

        public static HalfLives defaults() {
            return new HalfLives(
                    Duration.ofDays(1),
                    Duration.ofDays(7),
                    Duration.ofDays(7),
                    Duration.ofDays(7),
                    Duration.ofDays(14));
        }

        static HalfLives from(Configuration configuration) {
            HalfLives d = defaults();
            return new HalfLives(
                    read(configuration, "features.half-life.views", d.views),
                    read(configuration, "features.half-life.opinions", d.opinions),
                    read(configuration, "features.half-life.positives", d.positives),
                    read(configuration, "features.half-life.user-topic", d.userTopic),
                    read(configuration, "features.half-life.item-hour", d.itemHour));
        }

        private static Duration read(Configuration configuration, String key, Duration absent) {
            return configuration.duration(key, absent, Duration.ofSeconds(1), Duration.ofDays(3650));
        }

        Duration of(CounterKind kind) {
            return switch (kind) {
                case IMPRESSION, CLICK, LONG_VIEW -> views;
                case LIKE, COMPLAINT -> opinions;
                case POSITIVE -> positives;
            };
        }

        private static void requirePositive(String key, Duration value) {
            if (value.toSeconds() < 1) {
                throw new IllegalArgumentException(key + " is " + value + "; give at least 1 second");
            }
        }
    }

    private static void requireBetween(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(key + " is " + value + "; give " + min + " to " + max);
        }
    }
}
