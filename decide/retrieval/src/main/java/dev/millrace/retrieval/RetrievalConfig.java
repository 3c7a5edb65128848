package dev.millrace.retrieval;

import dev.millrace.index.CoVisitationConfig;
import dev.millrace.index.TopicIndexConfig;
import dev.millrace.index.TrendingConfig;
import dev.millrace.runtime.Configuration;

import java.time.Duration;

/**
 * How the live indexes are kept. A snapshot fits only the half-lives that it was made with: after a change of one, a
 * start makes the indexes anew from the whole log, or lets them begin without history where retention has shortened it.
 *
 * @param newItems how many of the newest items are kept at hand
 */
public record RetrievalConfig(
        TopicIndexConfig topics, CoVisitationConfig coVisitation, TrendingConfig trending, int newItems) {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(3650);

    public static RetrievalConfig defaults() {
        return new RetrievalConfig(
                TopicIndexConfig.defaults(), CoVisitationConfig.defaults(), TrendingConfig.defaults(), 2_048);
    }

    /** Reads {@code index.topics.*}, {@code index.covisitation.*}, {@code index.trending.*}, {@code index.new-items.capacity}. */
    public static RetrievalConfig from(Configuration configuration) {
        RetrievalConfig defaults = defaults();
        return new RetrievalConfig(
                topics(configuration, defaults.topics),
                coVisitation(configuration, defaults.coVisitation),
                new TrendingConfig(
                        configuration.integer("index.trending.capacity", defaults.trending.capacity(), 16, 65_536),
                        configuration.duration(
                                "index.trending.half-life", defaults.trending.halfLife(), SHORTEST, LONGEST)),
                configuration.integer("index.new-items.capacity", defaults.newItems, 16, 65_536));
    }

    private static TopicIndexConfig topics(Configuration configuration, TopicIndexConfig defaults) {
        return new TopicIndexConfig(
                configuration.integer("index.topics.scan-limit", defaults.scanLimit(), 1_000, 10_000_000),
                configuration.integer("index.topics.max-terms-per-item", defaults.maxTermsPerItem(), 1, 256));
    }

    private static CoVisitationConfig coVisitation(Configuration configuration, CoVisitationConfig defaults) {
        String prefix = "index.covisitation.";
        return new CoVisitationConfig(
                configuration.integer(prefix + "neighbours", defaults.neighbours(), 4, 256),
                configuration.integer(prefix + "max-items", defaults.maxItems(), 16, 100_000_000),
                configuration.integer(prefix + "window", defaults.window(), 1, 64),
                configuration.duration(prefix + "half-life", defaults.halfLife(), SHORTEST, LONGEST));
    }
}
