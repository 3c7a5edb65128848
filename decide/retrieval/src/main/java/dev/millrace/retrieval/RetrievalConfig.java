package dev.millrace.retrieval;

import dev.millrace.index.CoVisitationConfig;
import dev.millrace.index.TopicIndexConfig;
import dev.millrace.index.TrendingConfig;

/**
 * How the live indexes are kept.
 *
 * @param newItems how many of the newest items are kept at hand
 */
public record RetrievalConfig(
        TopicIndexConfig topics, CoVisitationConfig coVisitation, TrendingConfig trending, int newItems) {
    public static RetrievalConfig defaults() {
        return new RetrievalConfig(
                TopicIndexConfig.defaults(), CoVisitationConfig.defaults(), TrendingConfig.defaults(), 2_048);
    }
}
