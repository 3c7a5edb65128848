package dev.millrace.index;

import dev.millrace.model.Item;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.function.IntPredicate;

/** A live inverted index from topics and attribute terms to items. One writer; any thread may search. */
public final class TopicIndex implements AutoCloseable {
    private TopicIndex() {}

    public static TopicIndex open(TopicIndexConfig config) {
        return new TopicIndex();
    }

    /** Adds or replaces an item; searches see it after at most the configured refresh time. */
    public void upsert(int ordinal, Item item) {}

    public void delete(int ordinal) {}

    /** The terms of an item, most telling first; empty for an unknown item. Not to be changed. */
    public int[] terms(int ordinal) {
        return new int[0];
    }

    /** How telling a term is: high for rare terms, near zero for those that nearly every item has. */
    public float rarity(int term) {
        return 0;
    }

    /**
     * Finds up to {@code k} items with the greatest sum of the weights of the query's terms that they have, best first.
     * When the deadline or the scan limit is reached on the way, the best of what was seen is returned.
     *
     * @return how many were found
     */
    public int search(
            TopicQuery query,
            int k,
            @Nullable IntPredicate accept,
            Deadline deadline,
            int[] ordinals,
            float[] scores) {
        return 0;
    }

    @Override
    public void close() {}
}
