package dev.millrace.retrieval;

import dev.millrace.index.CoVisitation;
import dev.millrace.index.ScratchPool;
import dev.millrace.kernels.IntMap;
import dev.millrace.kernels.TopK;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/** What others turned to after the items that the user turned to of late. Thread-safe. */
public final class CoVisitationSource implements CandidateSource {
    private static final int RECENT = 20;
    private static final int PARTNERS = 48;
    private static final float FADE = 0.9f;

    private final CoVisitation index;
    private final IntPredicate available;
    private final ScratchPool<Tally> pool = new ScratchPool<>(Tally::new);

    public CoVisitationSource(CoVisitation index, IntPredicate available) {
        this.index = index;
        this.available = available;
    }

    @Override
    public String name() {
        return "covisitation";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        if (limit <= 0 || user.historyCount() == 0) {
            return 0;
        }
        Tally tally = pool.take();
        tally.clear();
        float weight = 1;
        int oldest = Math.max(0, user.historyCount() - RECENT);
        for (int i = user.historyCount() - 1; i >= oldest; i--) {
            if (deadline.isExpired()) {
                into.markPartial();
                break;
            }
            int item = user.historyItems()[i];
            int count = index.neighbours(item, PARTNERS, user.nowMillis(), tally.partners, tally.strengths);
            tally.add(count, weight);
            weight *= FADE;
        }
        int added = tally.copyBest(limit, user.accepting(available), into);
        pool.giveBack(tally);
        return added;
    }

    /** Sums of strengths by item; owned by one retrieval at a time. */
    private static final class Tally {
        private static final int CAPACITY = RECENT * PARTNERS;

        final int[] partners = new int[256];
        final float[] strengths = new float[256];
        private final IntMap places = new IntMap(CAPACITY);
        private final int[] items = new int[CAPACITY];
        private final float[] sums = new float[CAPACITY];
        private final TopK best = new TopK(CAPACITY);

        void clear() {
            places.clear();
        }

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
            best.reset(Math.min(limit, CAPACITY));
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
}
