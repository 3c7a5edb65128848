package dev.millrace.inference;

import dev.millrace.inference.batching.BatchWork;
import dev.millrace.models.graph.MultiTaskGraph;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;

/**
 * One request to a {@link MultiTaskRanker}: say who asks, name the candidates, give their numbers, {@link #run}, read, close (owned
 * by whoever borrowed it, reused after it is closed).
 */
public final class RankingCall extends BatchWork implements AutoCloseable {
    private final MultiTaskRanker ranker;
    private final RankingBuffers buffers;
    private boolean lent;

    RankingCall(MultiTaskRanker ranker, RankingBuffers buffers) {
        this.ranker = ranker;
        this.buffers = buffers;
    }

    RankingCall lend() {
        lent = true;
        return this;
    }

    /** @param rows the rows of the user's id and attributes, see {@code HashedRows}; none for one that is not known */
    public void user(int[] rows) {
        requireLent();
        for (int i = 0; i < MultiTaskGraph.USER_ROWS; i++) {
            buffers.user.put(i, i < rows.length ? rows[i] : 0);
        }
    }

    /** @param items the user's newest positive actions, newest last, of which {@code count} are filled */
    public void history(int[] items, int count) {
        requireLent();
        RankerItems.Table table = ranker.items().table();
        int length = ranker.history();
        int used = Math.min(count, length);
        for (int i = 0; i < length; i++) {
            int at = i - length + used;
            buffers.history.put(i, at < 0 ? 0 : table.row(items[count - used + at]));
        }
    }

    /** @param items the candidates, of which {@code count} are filled */
    public void candidates(int[] items, int count) {
        requireRows(count);
        RankerItems.Table table = ranker.items().table();
        for (int row = 0; row < count; row++) {
            buffers.candidates.put(row, table.row(items[row]));
        }
    }

    /**
     * @param number which of the ranker's numbers
     * @param column its value for each candidate, in their order
     */
    public void number(int number, float[] column, int count) {
        requireRows(count);
        int width = ranker.numbers().size();
        for (int row = 0; row < count; row++) {
            buffers.numbers.put(row * width + number, column[row]);
        }
    }

    /**
     * Ranks the first {@code count} candidates, alone or together with those of other requests.
     *
     * @throws dev.millrace.model.MillraceException OVERLOADED, DEADLINE_EXCEEDED, UNAVAILABLE or INTERNAL
     */
    public void run(int count, Priority priority, Deadline deadline) {
        requireRows(count);
        if (count > 0) {
            ranker.run(this, RankingBuffers.tiles(count) * MultiTaskGraph.TILE, priority, deadline);
        }
    }

    /** How likely the action of a head is, once it has run. */
    public void probabilities(int head, float[] into, int count) {
        requireRows(count);
        int heads = ranker.heads().size();
        for (int row = 0; row < count; row++) {
            into[row] = buffers.probabilities.get(row * heads + head);
        }
    }

    /** The sum of the heads' probabilities, each times what its action is worth, once it has run. */
    public void utility(float[] into, int count) {
        requireRows(count);
        buffers.utility.get(0, into, 0, count);
    }

    RankingBuffers buffers() {
        return buffers;
    }

    /** Gives the buffers back. Closing twice does nothing. */
    @Override
    public void close() {
        if (lent) {
            lent = false;
            ranker.giveBack(this);
        }
    }

    private void requireRows(int count) {
        requireLent();
        if (count < 0 || count > buffers.maxRows()) {
            throw new IllegalArgumentException(
                    count + " candidates; give 0 to " + buffers.maxRows() + " (inference.max-candidates)");
        }
    }

    private void requireLent() {
        if (!lent) {
            throw new IllegalStateException("this call was closed; borrow another");
        }
    }
}
