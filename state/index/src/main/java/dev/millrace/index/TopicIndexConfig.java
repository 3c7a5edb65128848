package dev.millrace.index;

/**
 * How the topic index is kept and searched.
 *
 * @param scanLimit the most items that a search looks at, 1,000 to 10,000,000
 * @param maxTermsPerItem topics and attribute terms that are indexed of one item, 1 to 256
 */
public record TopicIndexConfig(int scanLimit, int maxTermsPerItem) {
    public TopicIndexConfig {
        Bounds.require("index.topics.scan-limit", scanLimit, 1_000, 10_000_000);
        Bounds.require("index.topics.max-terms-per-item", maxTermsPerItem, 1, 256);
    }

    public static TopicIndexConfig defaults() {
        return new TopicIndexConfig(5_000, 64);
    }
}
