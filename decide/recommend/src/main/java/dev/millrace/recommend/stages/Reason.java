package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.recommend.select.Part;

import java.util.List;
import java.util.Map;

/** The sentence that tells people why an item is there. Stateless. */
public final class Reason {
    private Reason() {}

    /** What is said of an item by the source that named it first. */
    public static String of(
            long sources, List<String> sourceNames, Map<String, Float> parts, Catalog catalog, int item) {
        int[] topics = catalog.topics(item);
        boolean onTopic = topics.length > 0 && parts.getOrDefault(Part.AFFINITY.label(), 0f) > 0;
        int first = Long.numberOfTrailingZeros(sources);
        String source = sources == 0 || first >= sourceNames.size() ? "" : sourceNames.get(first);
        return switch (source) {
            case "vector" ->
                onTopic
                        ? "Fits what you turned to lately, above all " + catalog.topic(topics[0])
                        : "Fits what you turned to lately";
            case "topics" ->
                topics.length > 0 ? "More of " + catalog.topic(topics[0]) : "Like what you turned to lately";
            case "covisitation" -> "Others went on to this after what you turned to lately";
            case "trending" -> onTopic ? "Popular now in " + catalog.topic(topics[0]) : "Popular now";
            case "new-items" -> onTopic ? "New in " + catalog.topic(topics[0]) : "New";
            case "random" -> "Drawn at random";
            case Backfill.SOURCE -> "Fills up the list";
            default -> "Given in the request";
        };
    }
}
