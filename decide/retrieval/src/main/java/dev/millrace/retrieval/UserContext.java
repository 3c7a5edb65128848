package dev.millrace.retrieval;

import org.jspecify.annotations.Nullable;

import java.util.function.IntPredicate;

/** What sources know of the user of one request; reused, filled and owned by that request. */
public final class UserContext {
    private final int[] historyItems;
    private final long[] historyMillis;
    private final byte[] historyActions;
    private int historyCount;
    private int user = -1;
    private long nowMillis;
    private long seed;
    private @Nullable IntPredicate eligible;

    /** @param historyCapacity the most recent actions that are looked at */
    public UserContext(int historyCapacity) {
        historyItems = new int[historyCapacity];
        historyMillis = new long[historyCapacity];
        historyActions = new byte[historyCapacity];
    }

    /**
     * Begins a request: no history, no restriction.
     *
     * @param user the user's ordinal; −1 for an unknown one
     * @param seed what chance is drawn from, so that a request can be repeated
     */
    public void reset(int user, long nowMillis, long seed) {
        this.user = user;
        this.nowMillis = nowMillis;
        this.seed = seed;
        historyCount = 0;
        eligible = null;
    }

    public int user() {
        return user;
    }

    public long nowMillis() {
        return nowMillis;
    }

    public long seed() {
        return seed;
    }

    /** The items of the user's recent positive actions, newest last; to be filled by the request, then {@link #historyCount(int)}. */
    public int[] historyItems() {
        return historyItems;
    }

    public long[] historyMillis() {
        return historyMillis;
    }

    /** The codes of the action types. */
    public byte[] historyActions() {
        return historyActions;
    }

    public int historyCount() {
        return historyCount;
    }

    public void historyCount(int count) {
        if (count < 0 || count > historyItems.length) {
            throw new IllegalArgumentException("history count is " + count + "; expected 0 to " + historyItems.length);
        }
        historyCount = count;
    }

    /** The items that this request may get, beside that they are available; null for no restriction. */
    public @Nullable IntPredicate eligible() {
        return eligible;
    }

    /** Lets sources leave out what the request's filters would drop: exclusions, attributes, items seen. */
    public void eligible(@Nullable IntPredicate items) {
        eligible = items;
    }

    /** What a source may propose: items that are available, and eligible where the request restricts them. */
    IntPredicate accepting(IntPredicate available) {
        IntPredicate restricted = eligible;
        return restricted == null ? available : item -> available.test(item) && restricted.test(item);
    }
}
