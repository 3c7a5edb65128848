package dev.millrace.index;

import dev.millrace.kernels.IntMap;
import dev.millrace.kernels.TopK;
import dev.millrace.runtime.Deadline;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.IntPredicate;

/**
 * One search through the postings, whose work is bounded whatever the topics are. Owned by one search at a time, reused.
 *
 * <p>A topic may be on every fifth of a million items, and looking at all of them, or advancing twenty postings lists in
 * step, takes tens of milliseconds. So lists are read one after the other, the rarest first, and each item is scored at
 * once from its own list of terms; it counts in the first of the query's lists that has it and is passed over in the
 * others. Of a list that is longer than half of what may still be looked at, only a part of that length is read: it
 * begins at a place drawn by the query's seed, so that no item is hidden for good. When all lists together are shorter
 * than the limit, the answer is exact.
 */
final class TopicScan {
    /** Items that are brought from memory together, and between two looks at the clock. */
    private static final int BATCH = 128;

    private final IntMap places = new IntMap(TopicQuery.MAX_TERMS);
    private final float[] weights = new float[TopicQuery.MAX_TERMS];
    private final int[] items = new int[BATCH];
    private final int[][] rows = new int[BATCH][];
    private int batched;
    private int sink;
    private TopK best = new TopK(256);
    private int capacity = 256;
    private TopicTerms terms = new TopicTerms(1);
    private @Nullable IntPredicate accept;
    private ItemPrior prior = ItemPrior.none();
    private Deadline deadline = Deadline.none();
    private int scanned;
    private boolean late;

    /** Begins a search for the {@code k} best. */
    TopK begin(
            int k, TopicTerms termsOfItems, @Nullable IntPredicate acceptItem, ItemPrior itemPrior, Deadline end) {
        if (k > capacity) {
            best = new TopK(k);
            capacity = k;
        }
        terms = termsOfItems;
        accept = acceptItem;
        prior = itemPrior;
        deadline = end;
        scanned = 0;
        batched = 0;
        late = deadline.isExpired();
        return best.reset(k);
    }

    void run(TopicQuery query, TopicView view, int limit) throws IOException {
        int count = query.select(terms);
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += query.weight(i);
        }
        places.clear();
        for (int i = 0; i < count; i++) {
            places.putIfAbsent(query.term(i), i);
            weights[i] = query.weight(i) / sum;
        }
        for (int i = 0; i < count && scanned < limit && !late; i++) {
            int left = limit - scanned;
            double share = i == count - 1 ? left : left / 2.0;
            double part = Math.min(1, share / Math.max(1, terms.itemsWith(query.term(i))));
            scanTerm(query.term(i), i, part, query.seed(), view);
        }
    }

    private void scanTerm(int term, int place, double part, long seed, TopicView view) throws IOException {
        for (int i = view.leaves().size() - 1; i >= 0 && !late; i--) {
            LeafReaderContext leaf = view.leaves().get(i);
            PostingsEnum postings = leaf.reader().postings(TopicIndex.term(term), PostingsEnum.NONE);
            if (postings == null) {
                continue;
            }
            int documents = leaf.reader().maxDoc();
            if (part == 1) {
                scan(postings, leaf, 0, documents, place, view);
                continue;
            }
            int start = (int) Long.remainderUnsigned(CoVisitationRow.mix(seed + leaf.ord), documents);
            long end = start + 1 + (long) (part * documents);
            if (end > documents) {
                scan(postings, leaf, 0, (int) Math.min(start, end - documents), place, view);
            }
            scan(postings, leaf, start, (int) Math.min(documents, end), place, view);
        }
    }

    private void scan(PostingsEnum postings, LeafReaderContext leaf, int from, int to, int place, TopicView view)
            throws IOException {
        int[] ordinals = view.ordinals(leaf);
        Bits live = leaf.reader().getLiveDocs();
        int document = postings.docID() >= from ? postings.docID() : postings.advance(from);
        for (; document < to && document != DocIdSetIterator.NO_MORE_DOCS && !late; document = postings.nextDoc()) {
            scanned++;
            if (live == null || live.get(document)) {
                items[batched++] = ordinals[document];
                if (batched == BATCH) {
                    considerBatch(place);
                    late = deadline.isExpired();
                }
            }
        }
        considerBatch(place);
    }

    // Each loop's reads do not wait for each other, so that the rows come from memory together instead of one by one.
    private void considerBatch(int place) {
        for (int i = 0; i < batched; i++) {
            rows[i] = terms.of(items[i]);
        }
        int touched = 0;
        for (int i = 0; i < batched; i++) {
            touched += rows[i].length;
        }
        sink += touched;
        for (int i = 0; i < batched; i++) {
            consider(items[i], rows[i], place);
        }
        batched = 0;
    }

    private void consider(int item, int[] termsOfItem, int place) {
        float score = 0;
        int first = TopicQuery.MAX_TERMS;
        for (int term : termsOfItem) {
            int at = places.get(term);
            if (at != IntMap.ABSENT) {
                score += weights[at];
                first = Math.min(first, at);
            }
        }
        if (first != place || score + ItemPrior.WEIGHT < best.threshold()) {
            return; // counted by another list, or out of reach
        }
        if (accept == null || accept.test(item)) {
            best.offer(item, score + ItemPrior.WEIGHT * prior.of(item));
        }
    }
}
