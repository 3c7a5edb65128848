package dev.millrace.training.online;

import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.FloatMap;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.samples.ImpressionOutcomes;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Follows what a ranker foretold until all has come that may, by the definition that the ranker learnt by ({@link ImpressionOutcomes}). Owned
 * by the learner.
 *
 * <p>Which slates are followed is decided when they are served, before anything of their outcome is known: to choose by what came first
 * would be to choose those who click. Where there are more than memory is meant for, every second one is dropped, by its name, and
 * then every second of those; they are counted.
 *
 * <p>Time is that of the slates, as in {@link FeedbackJoin}: an impression counts if it is reported within the window of its slate, and
 * waits for as long again.
 */
final class ForetoldSlates {
    /** Items of slates that are followed: some 30 bytes each, and 350 a slate, which its impressions keep for a second window. */
    static final int MOST_PLACES = 200_000;

    /** Impressions that wait for what follows, some 180 bytes each. As many as places come where each is shown once. */
    private static final int MOST_IMPRESSIONS = 2 * MOST_PLACES;
    /** One slate in a million is followed whatever comes. */
    private static final int MOST_HALVINGS = 20;

    private final Duration window;
    private final SampleLimits limits;
    private final Lookup lookup;
    private final Map<RecommendationId, Slate> slates = new LinkedHashMap<>();
    private final ImpressionOutcomes<Impression> outcomes;
    private final Queue<Impression> done = new ArrayDeque<>();
    private Instant now = Instant.MIN;
    private String[] newestLabels = new String[0];
    private int places;
    private int halvings;
    private long leftOut;

    /** What had been added to the log-odds of a ranker, by action. */
    record Correction(String ranker, Map<String, Float> offsets) {}

    /** Knows what had been added where a slate was made. */
    @FunctionalInterface
    interface Lookup {
        /**
         * @param model the slate's label
         * @return null where the slate is not to be followed
         */
        @Nullable
        Correction of(String model);
    }

    /**
     * A slate without all that is not needed for long.
     *
     * @param probabilities of each label, place by place; NaN where nothing was foretold
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Slate(
            UserId user,
            Instant time,
            Correction correction,
            List<ItemId> items,
            String[] labels,
            float[] probabilities) {}

    /** An item of a slate that was shown, and what followed. */
    static final class Impression {
        private final RecommendationId recommendation;
        private final Slate slate;
        private final int place;
        private int outcome;

        Impression(RecommendationId recommendation, Slate slate, int place) {
            this.recommendation = recommendation;
            this.slate = slate;
            this.place = place;
        }

        Slate slate() {
            return slate;
        }

        int headCount() {
            return slate.labels.length;
        }

        /** The action that a head foretells. */
        String label(int head) {
            return slate.labels[head];
        }

        float told(int head) {
            return slate.probabilities[place * slate.labels.length + head];
        }

        boolean has(ActionType action) {
            return (outcome & 1 << action.code()) != 0;
        }
    }

    /**
     * @param window how long slates, and then impressions, are followed; 0 for not at all
     * @param slatesPerSecond the most that are followed
     * @param lookup of what had been added where a slate was made
     */
    ForetoldSlates(Duration window, int slatesPerSecond, Lookup lookup) {
        this.window = window;
        this.limits = new SampleLimits(slatesPerSecond);
        this.lookup = lookup;
        this.outcomes = new ImpressionOutcomes<>(window, this::close);
    }

    private void close(Impression impression, int outcome) {
        impression.outcome = outcome;
        done.add(impression);
    }

    /** The impressions after which all has come that counts; take them from it. */
    Queue<Impression> done() {
        return done;
    }

    /** Slates that would have been followed and were not, or not to their end. */
    long leftOut() {
        return leftOut;
    }

    int placeCount() {
        return places;
    }

    /** A slate was served, whichever; time goes on. */
    void advance(Instant time) {
        if (time.isAfter(now)) {
            now = time;
        }
        outcomes.closeBefore(now);
        Instant oldest = now.minus(window);
        while (!slates.isEmpty() && slates.values().iterator().next().time.isBefore(oldest)) {
            Iterator<Slate> all = slates.values().iterator();
            places -= all.next().items.size();
            all.remove();
        }
        if (places < MOST_PLACES / 4 && halvings > 0) {
            halvings--;
        }
    }

    /**
     * Follows a slate, if a ranker foretold anything of its items.
     *
     * @param items in the instances to be kept
     */
    void serve(Event.SlateServed served, List<ItemId> items) {
        if (window.isZero() || slates.containsKey(served.recommendation())) {
            return;
        }
        String[] labels = labels(served);
        Correction correction = labels.length == 0 ? null : lookup.of(served.model());
        if (correction == null) {
            return;
        }
        if (!isChosen(served.recommendation())
                || !limits.take(served.user(), served.timestamp().toEpochMilli())) {
            leftOut++;
            return;
        }
        float[] probabilities = probabilities(served, items.size(), labels);
        slates.put(
                served.recommendation(),
                new Slate(served.user(), served.timestamp(), correction, items, labels, probabilities));
        places += items.size();
        while (places > MOST_PLACES && halvings < MOST_HALVINGS) {
            halve();
        }
    }

    /** The labels of the slate's items, in one instance for as long as they stay the same. */
    private String[] labels(Event.SlateServed served) {
        Set<String> labels = new LinkedHashSet<>();
        served.entries().forEach(entry -> labels.addAll(entry.probabilities().keySet()));
        String[] names = labels.toArray(String[]::new);
        if (!Arrays.equals(names, newestLabels)) {
            newestLabels = names;
        }
        return newestLabels;
    }

    private static float[] probabilities(Event.SlateServed served, int places, String[] labels) {
        float[] probabilities = new float[places * labels.length];
        for (int place = 0; place < places; place++) {
            FloatMap foretold = served.entries().get(place).probabilities();
            for (int head = 0; head < labels.length; head++) {
                Float told = foretold.get(labels[head]);
                probabilities[place * labels.length + head] = told == null ? Float.NaN : told;
            }
        }
        return probabilities;
    }

    private boolean isChosen(RecommendationId recommendation) {
        return Integer.numberOfLeadingZeros(recommendation.hashCode() * 0x9E3779B9) >= halvings;
    }

    private void halve() {
        halvings++;
        List<RecommendationId> dropped = new ArrayList<>();
        slates.forEach((recommendation, slate) -> {
            if (!isChosen(recommendation)) {
                dropped.add(recommendation);
                places -= slate.items.size();
            }
        });
        leftOut += dropped.size();
        dropped.forEach(slates::remove);
        outcomes.forgetKnown(impression -> !isChosen(impression.recommendation));
    }

    void act(Event.Action action) {
        if (window.isZero()) {
            return;
        }
        if (action.type() != ActionType.IMPRESSION) {
            RecommendationId named = action.recommendation();
            outcomes.act(action, named != null && slates.containsKey(named)); // others would take the room of these
            return;
        }
        outcomes.endEarlier(action.user(), action.item());
        RecommendationId recommendation = action.recommendation();
        Slate slate = recommendation == null ? null : slates.get(recommendation);
        if (slate == null || recommendation == null || !slate.user.equals(action.user())) {
            return;
        }
        int place = slate.items.indexOf(action.item());
        if (place < 0) {
            return;
        }
        if (outcomes.size() >= MOST_IMPRESSIONS) {
            leftOut++;
            return;
        }
        outcomes.open(
                slate.user,
                slate.items.get(place),
                recommendation,
                action.timestamp(),
                opened(action.timestamp()),
                new Impression(recommendation, slate, place));
        outcomes.takeEarly(slate.user, slate.items.get(place));
    }

    /** When it was, but by a clock that may be wrong: not before now, and not so late that all others would wait for it. */
    private Instant opened(Instant reported) {
        Instant latest = now.plus(window);
        Instant bounded = reported.isAfter(latest) ? latest : reported;
        return bounded.isBefore(now) ? now : bounded;
    }

    /** Forgets the users of whom nothing may be known any more. */
    void forgetIf(Predicate<UserId> isGone) {
        limits.forgetIf(isGone);
        slates.values().removeIf(slate -> {
            boolean isOfOne = isGone.test(slate.user);
            places -= isOfOne ? slate.items.size() : 0;
            return isOfOne;
        });
        outcomes.forgetUsers(isGone);
        done.removeIf(impression -> isGone.test(impression.slate.user));
    }
}
