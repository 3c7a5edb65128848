package dev.millrace.retrieval;

import dev.millrace.index.NewItems;
import dev.millrace.index.ScratchPool;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/** The newest items, with a score of 1 that halves with every day of age. Thread-safe. */
public final class NewItemSource implements CandidateSource {
    private static final int DEADLINE_ITEMS = 256;
    private static final double DAY_MILLIS = 86_400_000;

    private final NewItems index;
    private final IntPredicate available;
    private final ScratchPool<FoundItems> pool = new ScratchPool<>(FoundItems::new);

    public NewItemSource(NewItems index, IntPredicate available) {
        this.index = index;
        this.available = available;
    }

    @Override
    public String name() {
        return "new-items";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        IntPredicate accept = user.accepting(available);
        FoundItems found = pool.take();
        int count = index.newest(found.room(FoundItems.MAX), found.items, found.millis);
        int added = 0;
        for (int i = 0; i < count && added < limit; i++) {
            if (i % DEADLINE_ITEMS == 0 && deadline.isExpired()) {
                into.markPartial();
                break;
            }
            if (accept.test(found.items[i])) {
                if (!into.add(found.items[i], newness(user.nowMillis() - found.millis[i]))) {
                    break;
                }
                added++;
            }
        }
        pool.giveBack(found);
        return added;
    }

    private static float newness(long ageMillis) {
        return (float) Math.exp(-Math.log(2) * Math.max(0, ageMillis) / DAY_MILLIS);
    }
}
