package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * One search through the postings, whose work is bounded whatever the topics are. Owned by one search at a time, reused.
 *
 * <p>A topic may be on every fifth of a million items, and looking at all of them, or advancing twenty lists in step,
 * takes tens of milliseconds. So lists are read one after the other, the rarest first, and each item is scored at once
 * from its own list of terms; it counts in the first of the query's lists that has it and is passed over in the others.
 * Of a list that is longer than half of what may still be looked at, only a part of that length is read: it begins at a
 * place drawn by the query's seed, so that no item is hidden for good. When all lists together are shorter than half of
 * the limit, the answer is exact.
 */
final class TopicScan {
    /** Items that are brought from memory together, and between two looks at the clock. */
    private static final int BATCH = 128;

    /** The place of a term that is not in the query, with the weight 0: looking one up takes no branch. */
    private static final byte NOT_ASKED = TopicQuery.MAX_TERMS;

    /** By term, its place in the query. */
    private byte[] places = {};

    private final float[] weights = new float[TopicQuery.MAX_TERMS + 1];
    private final int[] items = new int[BATCH];
    private final float[] scores = new float[BATCH];
    private final long[] rows = new long[BATCH];
    private TopK best = new TopK(256);
    private int capacity = 256;

    /** An empty heap for the {@code k} best. */
    TopK best(int k) {
        if (k > capacity) {
            best = new TopK(k);
            capacity = k;
        }
        return best.reset(k);
    }

    void run(
            TopicQuery query,
            TopicTerms terms,
            @Nullable IntPredicate accept,
            ItemPrior prior,
            Deadline deadline,
            int limit) {
        int count = prepare(query, terms);
        read(query, count, terms, accept, prior, deadline, limit);
        for (int i = 0; i < count; i++) {
            setPlace(query.term(i), NOT_ASKED);
        }
    }

    private void read(
            TopicQuery query,
            int count,
            TopicTerms terms,
            @Nullable IntPredicate accept,
            ItemPrior prior,
            Deadline deadline,
            int limit) {
        int scanned = 0;
        for (int place = 0; place < count && scanned < limit; place++) {
            PostingList.Block list = terms.postings(query.term(place)).block();
            int size = list.size();
            int left = limit - scanned;
            int length = Math.min(size, place == count - 1 ? left : Math.max(BATCH, left / 2));
            int from =
                    length == size ? 0 : (int) Long.remainderUnsigned(CoVisitationRow.mix(query.seed() + place), size);
            for (int done = 0; done < length; done += BATCH) {
                if (deadline.isExpired()) {
                    return;
                }
                int batch = Math.min(BATCH, length - done);
                for (int i = 0; i < batch; i++) {
                    int at = from + done + i;
                    items[i] = list.item(at < size ? at : at - size);
                }
                score(batch, place, terms, accept, prior);
            }
            scanned += length;
        }
    }

    private int prepare(TopicQuery query, TopicTerms terms) {
        int count = query.select(terms);
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += query.weight(i);
        }
        if (places.length < terms.count()) {
            // Every number that a packed row can hold has a place, so that looking one up takes no check.
            places = new byte[Math.max(PackedTerms.MASK + 1, terms.count() + (terms.count() >> 1))];
            Arrays.fill(places, NOT_ASKED);
        }
        for (int i = 0; i < count; i++) {
            setPlace(query.term(i), (byte) i);
            weights[i] = query.weight(i) / sum;
        }
        return count;
    }

    private void setPlace(int term, byte place) {
        if (term >= 0 && term < places.length) {
            places[term] = place;
        }
    }

    // The reads of one loop do not wait for each other, so that the rows come from memory together, not one by one.
    private void score(int batch, int place, TopicTerms terms, @Nullable IntPredicate accept, ItemPrior prior) {
        for (int i = 0; i < batch; i++) {
            rows[i] = terms.packed(items[i]);
        }
        int kept = 0;
        for (int i = 0; i < batch; i++) {
            long row = rows[i];
            float score = row == PackedTerms.ELSEWHERE ? matched(terms.of(items[i]), place) : matched(row, place);
            if (score > 0 && score + ItemPrior.WEIGHT >= best.threshold()) {
                items[kept] = items[i];
                scores[kept++] = score;
            }
        }
        for (int i = 0; i < kept; i++) {
            scores[i] += ItemPrior.WEIGHT * prior.of(items[i]);
        }
        for (int i = 0; i < kept; i++) {
            if (scores[i] >= best.threshold() && (accept == null || accept.test(items[i]))) {
                best.offer(items[i], scores[i]);
            }
        }
    }

    /** {@link #matched(int[], int)} of a packed row: the places of terms that are not there are {@link #NOT_ASKED} too. */
    private float matched(long row, int place) {
        byte[] byTerm = places;
        int first = byTerm[(int) row & PackedTerms.MASK];
        int second = byTerm[(int) (row >>> PackedTerms.BITS) & PackedTerms.MASK];
        int third = byTerm[(int) (row >>> (2 * PackedTerms.BITS)) & PackedTerms.MASK];
        int fourth = byTerm[(int) (row >>> (3 * PackedTerms.BITS))];
        return Math.min(Math.min(first, second), Math.min(third, fourth)) == place
                ? weights[first] + weights[second] + weights[third] + weights[fourth]
                : 0;
    }

    /** The sum of the weights of the terms; 0 where the item belongs to an earlier list or left this one. */
    private float matched(int[] termsOfItem, int place) {
        float score = 0;
        int first = NOT_ASKED;
        for (int term : termsOfItem) {
            // A term may be newer than the query.
            int at = term < places.length ? places[term] : NOT_ASKED;
            score += weights[at];
            first = Math.min(first, at);
        }
        return first == place ? score : 0;
    }
}
