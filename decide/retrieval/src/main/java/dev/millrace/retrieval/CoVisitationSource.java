package dev.millrace.retrieval;

import dev.millrace.index.CoVisitation;
import dev.millrace.index.ScratchPool;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/** What others turned to after the items that the user turned to of late. Thread-safe. */
public final class CoVisitationSource implements CandidateSource {
    private static final int RECENT = 20;
    private static final int PARTNERS = 48;
    private static final float FADE = 0.9f;

    private final CoVisitation index;
    private final IntPredicate available;
    private final ScratchPool<VoteTally> pool = new ScratchPool<>(() -> new VoteTally(RECENT, PARTNERS));

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
        VoteTally tally = pool.take();
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
}
