package dev.millrace.inference;

import dev.millrace.inference.batching.BatchWork;
import dev.millrace.models.graph.MultiTaskGraph;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import dev.millrace.storage.FoundRows;

import java.util.Arrays;

/**
 * One request to a {@link MultiTaskRanker}: say who asks, name the candidates, give their numbers, {@link #run}, read, close (owned
 * by whoever borrowed it, reused after it is closed).
 */
public final class RankingCall extends BatchWork implements AutoCloseable {
    /** Vectors change in bursts; so many runs in one's way, and the next keeps them waiting. */
    private static final int MOST_TRIES = 3;

    private final MultiTaskRanker ranker;
    private final RankingBuffers buffers;
    /** The items of the history, then the candidates. */
    private final long[] items;
    /** The row of each, as they were found last. */
    private final long[] rows;

    private final FoundRows found;
    private boolean lent;
    private int withoutRoom;

    RankingCall(MultiTaskRanker ranker, RankingBuffers buffers) {
        this.ranker = ranker;
        this.buffers = buffers;
        this.items = new long[ranker.history() + buffers.maxRows()];
        this.rows = new long[items.length];
        this.found = new FoundRows(items.length);
        Arrays.fill(items, RankerItems.NOTHING);
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

    /** @param newest the user's newest positive actions, newest last, of which {@code count} are filled */
    public void history(int[] newest, int count) {
        requireLent();
        int length = ranker.history();
        int used = Math.min(count, length);
        for (int i = 0; i < length; i++) {
            int at = i - length + used;
            items[i] = at < 0 ? RankerItems.NOTHING : item(newest[count - used + at]);
        }
    }

    /** @param candidates of which {@code count} are filled */
    public void candidates(int[] candidates, int count) {
        requireRows(count);
        for (int row = 0; row < count; row++) {
            items[ranker.history() + row] = item(candidates[row]);
        }
    }

    private static long item(int ordinal) {
        return ordinal < 0 ? RankerItems.NOTHING : ordinal;
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
        withoutRoom = 0;
        boolean whole = count == 0;
        for (int attempt = 0; !whole && attempt < MOST_TRIES; attempt++) {
            runOnce(count, priority, deadline);
            whole = ranker.items().areUnchanged(found);
        }
        if (!whole) {
            ranker.items().undisturbed(() -> runOnce(count, priority, deadline));
        }
        if (ranker.items().isFull()) {
            countWithoutRoom(count);
        }
    }

    /** Items that have come since the last one that had room; padding and what is in no catalogue are none. */
    private void countWithoutRoom(int count) {
        int length = ranker.history();
        for (int at = length; at < length + count; at++) {
            withoutRoom += rows[at] == RankerItems.NOTHING_ROW && items[at] != RankerItems.NOTHING ? 1 : 0;
        }
        ranker.countWithoutRoom(withoutRoom);
    }

    /** How many candidates were ranked as unknown ones by the last run, since the table of items had no room for them. */
    public int withoutRoom() {
        return withoutRoom;
    }

    private void runOnce(int count, Priority priority, Deadline deadline) {
        place(count);
        ranker.run(this, RankingBuffers.tiles(count) * MultiTaskGraph.TILE, priority, deadline);
    }

    /** Names the rows that the items have now; behind the candidates, up to the end of the tile, that of nothing. */
    void place(int count) {
        int length = ranker.history();
        ranker.items().find(items, length + count, found, rows);
        buffers.history.put(0, rows, 0, length);
        buffers.candidates.put(0, rows, length, count);
        for (int row = count; row < RankingBuffers.tiles(count) * MultiTaskGraph.TILE; row++) {
            buffers.candidates.put(row, RankerItems.NOTHING_ROW);
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
