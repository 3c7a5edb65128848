package dev.millrace.retrieval;

import dev.millrace.index.ScratchPool;
import dev.millrace.index.VectorIndex;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/** The items whose vectors agree most with the user's. Thread-safe. */
public final class NearestVectorSource implements CandidateSource {
    private final IntPredicate available;
    private final ScratchPool<FoundItems> pool = new ScratchPool<>(FoundItems::new);

    public NearestVectorSource(IntPredicate available) {
        this.available = available;
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        float[] vector = user.vector();
        VectorIndex index = user.vectorIndex();
        if (vector == null || index == null || limit <= 0) {
            return 0;
        }
        FoundItems found = pool.take();
        int count =
                index.search(vector, found.room(limit), user.accepting(available), deadline, found.items, found.scores);
        int added = found.copyTo(into, count);
        pool.giveBack(found);
        if (added < limit && deadline.isExpired()) {
            into.markPartial();
        }
        return added;
    }
}
