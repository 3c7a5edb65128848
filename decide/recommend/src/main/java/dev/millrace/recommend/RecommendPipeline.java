package dev.millrace.recommend;

import dev.millrace.model.Filter;
import dev.millrace.model.ItemId;
import dev.millrace.model.Query;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Deadline;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The request path: a query in, a personal and explained slate out. Thread-safe. */
public final class RecommendPipeline {
    /** The scenarios that can be asked for: {@code home}, {@code popularity}, {@code random}. */
    public Set<String> scenarios() {
        throw new UnsupportedOperationException();
    }

    /**
     * Answers a query; what fails or is late on the way is named in the slate's degradations.
     *
     * @throws dev.millrace.model.InvalidValueException for an unknown scenario
     */
    public Answer run(Query query, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    /**
     * The next page of an earlier answer, without what the pages before it showed.
     *
     * @throws dev.millrace.model.MillraceException NOT_FOUND for a cursor that is unknown or has expired
     */
    public Answer nextPage(String cursor, int count, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    /**
     * Items like a given one, best first.
     *
     * @throws dev.millrace.model.MillraceException NOT_FOUND for an unknown item
     */
    public Slate similar(ItemId item, int count, Filter filter, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    /** The given items in the order of their value for the user; unknown items come last, with score 0. */
    public Slate rerank(UserId user, List<ItemId> items, boolean explain, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    /** How a recent slate came about; empty once it has left the bounded store. */
    public Optional<Explanation> explain(RecommendationId id) {
        throw new UnsupportedOperationException();
    }

    /** The stages of a scenario with what they read and write, their budgets and failure policies. */
    public String describe(String scenario) {
        throw new UnsupportedOperationException();
    }
}
