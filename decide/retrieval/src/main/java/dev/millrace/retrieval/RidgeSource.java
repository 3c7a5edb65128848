package dev.millrace.retrieval;

import dev.millrace.index.ScratchPool;
import dev.millrace.runtime.Deadline;

import java.util.function.IntPredicate;

/**
 * What the sequential ridge expects next: the user's newest items vote, the older the fainter. Needs no sequence model. Thread-safe:
 * a table of votes replaces the one before it between two requests.
 */
public final class RidgeSource implements CandidateSource {
    private final IntPredicate available;
    private volatile Table table = new Table(NextItemVotes.none());

    public RidgeSource(IntPredicate available) {
        this.available = available;
    }

    /** A table, and room to count its votes. */
    private record Table(NextItemVotes votes, ScratchPool<VoteTally> pool) {
        Table(NextItemVotes votes) {
            this(votes, new ScratchPool<>(() -> new VoteTally(votes.reach(), votes.perItem())));
        }
    }

    /** Answers by these votes from now on. */
    public void replace(NextItemVotes votes) {
        table = new Table(votes);
    }

    /** The version that it answers by; empty before there is one. */
    public String version() {
        return table.votes.version();
    }

    @Override
    public String name() {
        return "ridge";
    }

    @Override
    public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
        Table present = table;
        NextItemVotes votes = present.votes;
        if (limit <= 0 || user.historyCount() == 0 || votes.version().isEmpty()) {
            return 0;
        }
        VoteTally tally = present.pool.take();
        tally.clear();
        float weight = 1;
        int oldest = Math.max(0, user.historyCount() - votes.reach());
        for (int i = user.historyCount() - 1; i >= oldest; i--) {
            if (deadline.isExpired()) {
                into.markPartial();
                break;
            }
            tally.add(votes.read(user.historyItems()[i], tally.partners, tally.strengths), weight);
            weight *= votes.decay();
        }
        int added = tally.copyBest(limit, user.accepting(available), into);
        present.pool.giveBack(tally);
        return added;
    }
}
