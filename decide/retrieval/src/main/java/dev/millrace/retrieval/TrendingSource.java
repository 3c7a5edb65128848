package dev.millrace.retrieval;

import dev.millrace.index.ScratchPool;
import dev.millrace.index.Trending;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/** What is popular of late. Thread-safe. */
public final class TrendingSource implements CandidateSource {
    private static final int DEADLINE_ITEMS = 256;

    private final Trending index;
    private final IntPredicate available;
    private final ScratchPool<FoundItems> pool = new ScratchPool<>(FoundItems::new);

    public TrendingSource(Trending index, IntPredicate available) {
        this.index = index;
        this.available = available;
    }

    @Override
    public String name() {
        return "trending";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        IntPredicate accept = user.accepting(available);
        FoundItems found = pool.take();
        // All that is kept: what the user may not get must not use up the limit.
        int count = index.top(found.room(FoundItems.MAX), user.nowMillis(), found.items, found.scores);
        int added = 0;
        for (int i = 0; i < count && added < limit; i++) {
            if (i % DEADLINE_ITEMS == 0 && deadline.isExpired()) {
                into.markPartial();
                break;
            }
            if (accept.test(found.items[i])) {
                if (!into.add(found.items[i], found.scores[i])) {
                    break;
                }
                added++;
            }
        }
        pool.giveBack(found);
        return added;
    }
}
