package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.model.Item;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.function.IntPredicate;

/**
 * A live inverted index from topics and attribute terms to items. One writer; any thread may search, without a lock.
 *
 * <p>It lives in memory, and the catalogue fills it again at start. {@link TopicScan} says how a search goes.
 */
public final class TopicIndex {
    private final TopicIndexConfig config;
    private final ItemPrior prior;
    private final TopicTerms terms;
    private final ScratchPool<TopicScan> scans = new ScratchPool<>(TopicScan::new);

    /** @param prior orders items that match equally well */
    public TopicIndex(TopicIndexConfig config, ItemPrior prior) {
        this.config = config;
        this.prior = prior;
        terms = new TopicTerms(config.maxTermsPerItem());
    }

    /** Adds or replaces an item; searches that begin after this returns see it. Writer only. */
    public void upsert(int ordinal, Item item) {
        Bounds.requireOrdinal(ordinal);
        terms.put(ordinal, item);
    }

    /** Removes an item; searches that begin after this returns do not see it. Writer only. */
    public void delete(int ordinal) {
        Bounds.requireOrdinal(ordinal);
        terms.remove(ordinal);
    }

    /** The number of a topic's term; −1 where no item ever had it. */
    public int topicTerm(String topic) {
        return terms.number(TopicTerms.topicTerm(topic));
    }

    /** The terms of an item, most telling first; empty for an unknown item. Not to be changed. */
    public int[] terms(int ordinal) {
        return terms.of(ordinal);
    }

    /** How telling a term is: near 1 for rare terms, near 0 for those that nearly every item has. */
    public float rarity(int term) {
        return terms.rarity(term);
    }

    /**
     * Finds up to {@code k} items with the greatest sum of the weights of the query's terms that they have, best first.
     * Weights are scaled to a sum of 1, and the item's prior counts {@link ItemPrior#WEIGHT} beside them. When the
     * deadline or the scan limit is reached on the way, the best of what was seen is returned. An item whose terms change
     * at this very moment may come twice.
     *
     * @return how many were found
     */
    public int search(
            TopicQuery query, int k, @Nullable IntPredicate accept, Deadline deadline, int[] ordinals, float[] scores) {
        Bounds.require("k", k, 1, Math.min(10_000, Math.min(ordinals.length, scores.length)));
        TopicScan scan = scans.take();
        TopK best = scan.best(k);
        scan.run(query, terms, accept, prior, deadline, config.scanLimit());
        int count = best.drain(ordinals, scores);
        scans.giveBack(scan);
        return count;
    }
}
