package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.runtime.Deadline;
import org.apache.lucene.search.CollectionTerminatedException;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.IntPredicate;

/** Keeps the best items of one search, and ends it when it has looked at enough or the time is up. Owned by one search. */
final class TopicCollector implements LeafCollector {
    private static final int DEADLINE_ITEMS = 256;

    private final TopK best;
    private final @Nullable IntPredicate accept;
    private final ItemPrior prior;
    private final Deadline deadline;
    private final int scanLimit;
    private int[] ordinals = {};
    private @Nullable Scorable scorer;
    private int scanned;
    private boolean ended;

    TopicCollector(TopK best, @Nullable IntPredicate accept, ItemPrior prior, Deadline deadline, int scanLimit) {
        this.best = best;
        this.accept = accept;
        this.prior = prior;
        this.deadline = deadline;
        this.scanLimit = scanLimit;
    }

    void enter(int[] ordinalsOfLeaf) {
        ordinals = ordinalsOfLeaf;
    }

    boolean hasEnded() {
        return ended || (ended = deadline.isExpired());
    }

    @Override
    public void setScorer(Scorable newScorer) throws IOException {
        scorer = newScorer;
        raiseBar();
    }

    @Override
    public void collect(int document) throws IOException {
        if (scanned++ == scanLimit || (scanned % DEADLINE_ITEMS == 0 && deadline.isExpired())) {
            ended = true;
            throw new CollectionTerminatedException();
        }
        int ordinal = ordinals[document];
        if (accept == null || accept.test(ordinal)) {
            float score = scorer().score() + ItemPrior.WEIGHT * prior.of(ordinal);
            if (best.offer(ordinal, score)) {
                raiseBar();
            }
        }
    }

    // An item below the bar could not get in even with the greatest prior: its postings are skipped.
    private void raiseBar() throws IOException {
        float bar = best.threshold() - ItemPrior.WEIGHT * prior.greatest();
        if (bar > 0) {
            scorer().setMinCompetitiveScore(Math.nextUp(bar));
        }
    }

    private Scorable scorer() {
        if (scorer == null) {
            throw new IllegalStateException("collected before a scorer was set");
        }
        return scorer;
    }
}
