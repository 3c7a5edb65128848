package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** The sentence that tells people why an item is there. Stateless. */
public final class Reason {
    private Reason() {}

    /**
     * What is said of an item by the source that named it first.
     *
     * @param favourite the item's topic that the user likes best; null where the user likes none of them
     */
    public static String of(
            long sources, List<String> sourceNames, @Nullable String favourite, Catalog catalog, int item) {
        return switch (first(sources, sourceNames)) {
            case "vector" ->
                favourite == null
                        ? "Fits what you turned to lately"
                        : "Fits what you turned to lately, above all " + favourite;
            case "topics" ->
                favourite == null ? moreOf(catalog, item, "Like what you turned to lately") : "More of " + favourite;
            case "covisitation" -> "Others went on to this after what you turned to lately";
            case "trending" -> favourite == null ? "Popular now" : "Popular now in " + favourite;
            case "new-items" -> favourite == null ? "New" : "New in " + favourite;
            case "random" -> "Drawn at random";
            case Backfill.SOURCE -> "Fills up the list";
            default -> "Given in the request";
        };
    }

    /** The same where likeness to one item was asked for, and no user is there. */
    public static String ofLikeness(long sources, List<String> sourceNames, Catalog catalog, int item) {
        return switch (first(sources, sourceNames)) {
            case "vector" -> "Turned to in the same situations";
            case "topics" -> moreOf(catalog, item, "Has much in common with it");
            case "covisitation" -> "Others went on to this from there";
            default -> "Like the given item";
        };
    }

    private static String first(long sources, List<String> sourceNames) {
        int first = Long.numberOfTrailingZeros(sources);
        return sources == 0 || first >= sourceNames.size() ? "" : sourceNames.get(first);
    }

    private static String moreOf(Catalog catalog, int item, String withoutTopics) {
        int[] topics = catalog.topics(item);
        return topics.length > 0 ? "More of " + catalog.topic(topics[0]) : withoutTopics;
    }
}
