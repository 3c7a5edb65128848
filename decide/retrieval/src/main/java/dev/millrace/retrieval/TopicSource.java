package dev.millrace.retrieval;

import dev.millrace.index.ScratchPool;
import dev.millrace.index.TopicIndex;
import dev.millrace.index.TopicQuery;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/**
 * Items that share topics and attributes with what the user turned to of late. Thread-safe.
 *
 * <p>Each item of the recent history gives its terms the same weight in all, less for each step back; a term counts by
 * how rare it is, so that what nearly all items have decides nothing.
 */
public final class TopicSource implements CandidateSource {
    private static final int RECENT = 20;
    private static final float FADE = 0.9f;
    /** Keeps even the most common topic in the query: it is all that some items have. */
    private static final float LEAST_RARITY = 0.02f;

    private final TopicIndex index;
    private final IntPredicate available;
    private final ScratchPool<FoundItems> pool = new ScratchPool<>(FoundItems::new);
    private final ScratchPool<TopicQuery> queries = new ScratchPool<>(TopicQuery::new);

    public TopicSource(TopicIndex index, IntPredicate available) {
        this.index = index;
        this.available = available;
    }

    @Override
    public String name() {
        return "topics";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        if (limit <= 0) {
            return 0;
        }
        TopicQuery query = queries.take();
        FoundItems found = pool.take();
        fill(query, user);
        int count =
                index.search(query, found.room(limit), user.accepting(available), deadline, found.items, found.scores);
        int added = found.copyTo(into, count);
        pool.giveBack(found);
        queries.giveBack(query);
        if (added < limit && deadline.isExpired()) {
            into.markPartial();
        }
        return added;
    }

    private void fill(TopicQuery query, UserContext user) {
        query.reset(user.seed());
        float weight = 1;
        int oldest = Math.max(0, user.historyCount() - RECENT);
        for (int i = user.historyCount() - 1; i >= oldest; i--) {
            int[] terms = index.terms(user.historyItems()[i]);
            for (int term : terms) {
                query.add(term, weight * Math.max(LEAST_RARITY, index.rarity(term)) / terms.length);
            }
            weight *= FADE;
        }
    }
}
