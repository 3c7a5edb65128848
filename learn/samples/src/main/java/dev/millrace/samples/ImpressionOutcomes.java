package dev.millrace.samples;

import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which actions followed which impression: the one definition for what a ranker learns from and for what its probabilities are corrected
 * by. Owned by one thread.
 *
 * <p>An action belongs to the newest impression of its user and item, if by their times it came within the window, and if it names no
 * other recommendation; it may name none. A later impression of the same user and item ends the earlier one. Clients may report
 * impressions together, and clicks at once: so an action that names a recommendation, and comes before an impression of it, is
 * kept for that. Impressions are handed on in the order in which they came.
 *
 * @param <T> what else is known of an impression
 */
public final class ImpressionOutcomes<T> {
    /** Actions, by user, item and recommendation, that are kept for their impressions; some 150 bytes each. */
    private static final int MOST_EARLY = 100_000;

    private final Duration window;
    private final Sink<T> sink;
    /** All that were not handed on yet, in their order. */
    private final Deque<Open<T>> waiting = new ArrayDeque<>();
    /** Of these, the newest of each user and item. */
    private final Map<Pair, Open<T>> newest = new HashMap<>();
    /** The bits of what came before its impression. */
    private final Map<Named, Integer> early = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Named, Integer> eldest) {
            return size() > MOST_EARLY;
        }
    };

    /** Takes an impression after which nothing more can follow. */
    @FunctionalInterface
    public interface Sink<T> {
        /** @param outcome the bits of the actions that followed, by their codes */
        void accept(T known, int outcome);
    }

    private record Pair(UserId user, ItemId item) {}

    private record Named(UserId user, ItemId item, RecommendationId recommendation) {}

    /** An impression whose outcome is not known yet. */
    private static final class Open<T> {
        private final Pair pair;
        private final @Nullable RecommendationId recommendation;
        private final Instant time;
        private final Instant opened;
        private final T known;
        private int outcome;
        private boolean isEnded;

        Open(Pair pair, @Nullable RecommendationId recommendation, Instant time, Instant opened, T known) {
            this.pair = pair;
            this.recommendation = recommendation;
            this.time = time;
            this.opened = opened;
            this.known = known;
        }

        boolean takes(Event.Action action, Duration window) {
            Instant at = action.timestamp();
            boolean inWindow = !at.isBefore(time) && !at.isAfter(time.plus(window));
            return inWindow
                    && (action.recommendation() == null
                            || recommendation == null
                            || action.recommendation().equals(recommendation));
        }
    }

    /** @param window how long after an impression an action still counts as its outcome */
    public ImpressionOutcomes(Duration window, Sink<T> sink) {
        this.window = window;
        this.sink = sink;
    }

    /** How many impressions were not handed on yet. */
    public int size() {
        return waiting.size();
    }

    /** A later impression of the same user and item is there: what comes now does not follow the earlier one. */
    public void endEarlier(UserId user, ItemId item) {
        Open<T> earlier = newest.remove(new Pair(user, item));
        if (earlier != null) {
            earlier.isEnded = true;
        }
    }

    /**
     * Waits for what follows an impression; call {@link #endEarlier} before.
     *
     * @param time when it was, by who reports it
     * @param opened from when on the window is waited for, by the clock of {@link #closeBefore}; behind those that came before
     */
    public void open(
            UserId user,
            ItemId item,
            @Nullable RecommendationId recommendation,
            Instant time,
            Instant opened,
            T known) {
        Open<T> impression = new Open<>(new Pair(user, item), recommendation, time, opened, known);
        waiting.add(impression);
        newest.put(impression.pair, impression);
    }

    /**
     * Counts what was reported before the newest impression of a user and item, and names the same recommendation. Only where what is
     * known of the impression is of before it was served: else it would contain its own outcome.
     */
    public void takeEarly(UserId user, ItemId item) {
        Open<T> impression = newest.get(new Pair(user, item));
        if (impression != null && impression.recommendation != null) {
            Integer bits = early.remove(new Named(user, item, impression.recommendation));
            impression.outcome |= bits == null ? 0 : bits;
        }
    }

    /**
     * Takes an action that is no impression.
     *
     * @param mayComeEarly whether an impression of the recommendation that it names may still come
     */
    public void act(Event.Action action, boolean mayComeEarly) {
        int bit = 1 << action.type().code();
        RecommendationId recommendation = action.recommendation();
        Open<T> impression = newest.get(new Pair(action.user(), action.item()));
        boolean isOfItsOwn = false;
        if (impression != null && impression.takes(action, window)) {
            impression.outcome |= bit;
            isOfItsOwn = impression.recommendation != null && impression.recommendation.equals(recommendation);
        }
        if (mayComeEarly && recommendation != null && !isOfItsOwn) {
            early.merge(new Named(action.user(), action.item(), recommendation), bit, (a, b) -> a | b);
        }
    }

    /** Hands on those whose window was over before a time, and those that a later one ended, up to the first that waits. */
    public void closeBefore(Instant now) {
        while (!waiting.isEmpty()) {
            Open<T> oldest = waiting.element();
            if (!oldest.isEnded && !oldest.opened.plus(window).isBefore(now)) {
                return;
            }
            closeOldest();
        }
    }

    /** Hands on the oldest, whatever may follow it. */
    public void closeOldest() {
        Open<T> oldest = waiting.remove();
        newest.remove(oldest.pair, oldest);
        sink.accept(oldest.known, oldest.outcome);
    }

    /** Drops impressions of users. */
    public void forgetUsers(Predicate<UserId> isGone) {
        forget(open -> isGone.test(open.pair.user));
        early.keySet().removeIf(named -> isGone.test(named.user));
    }

    /** Drops impressions by what is known of them. */
    public void forgetKnown(Predicate<T> isGone) {
        forget(open -> isGone.test(open.known));
    }

    private void forget(Predicate<Open<T>> isGone) {
        waiting.removeIf(isGone);
        newest.values().removeIf(isGone);
    }
}
