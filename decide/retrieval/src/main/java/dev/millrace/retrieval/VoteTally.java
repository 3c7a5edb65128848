package dev.millrace.retrieval;

import dev.millrace.kernels.IntMap;
import dev.millrace.kernels.TopK;

import java.util.function.IntPredicate;

/** Sums of strengths by item; owned by one retrieval at a time. */
final class VoteTally {
    /** To be filled by the source, then {@link #add}. */
    final int[] partners;

    final float[] strengths;
    private final IntMap places;
    private final int[] items;
    private final float[] sums;
    private final TopK best;

    /**
     * @param voters the most items of a history that speak
     * @param perVoter room for what each of them names
     */
    VoteTally(int voters, int perVoter) {
        int capacity = Math.multiplyExact(voters, perVoter);
        partners = new int[perVoter];
        strengths = new float[perVoter];
        places = new IntMap(capacity);
        items = new int[capacity];
        sums = new float[capacity];
        best = new TopK(capacity);
    }

    void clear() {
        places.clear();
    }

    /** Adds the first {@code count} of what was filled in. */
    void add(int count, float weight) {
        for (int i = 0; i < count; i++) {
            int next = places.size();
            int place = places.putIfAbsent(partners[i], next);
            if (place == IntMap.ABSENT) {
                items[next] = partners[i];
                sums[next] = weight * strengths[i];
            } else {
                sums[place] += weight * strengths[i];
            }
        }
    }

    int copyBest(int limit, IntPredicate accept, CandidateBuffer into) {
        best.reset(Math.min(limit, items.length));
        for (int i = 0; i < places.size(); i++) {
            if (accept.test(items[i])) {
                best.offer(items[i], sums[i]);
            }
        }
        int count = best.drain(items, sums);
        int added = 0;
        while (added < count && into.add(items[added], sums[added])) {
            added++;
        }
        return added;
    }
}
