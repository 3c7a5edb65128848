package dev.millrace.samples;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.Moment;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Replays events into one sample per impression: the features as they were just before it, and the actions that followed.
 *
 * <p>The features are read from a state of the sampler's own, which has applied exactly the events before the impression,
 * through the definitions that serving reads too. An action belongs to the newest impression of its user and item, if it
 * came within the window and names no other slate. A second impression closes the first; a deleted user's open samples
 * are dropped. Samples come in the order of their impressions. Owned by one thread.
 */
public final class ImpressionSampler implements EventConsumer {
    private final ImpressionOptions options;
    private final FeatureRowReader features;
    private final Consumer<ImpressionSample> sink;
    private final FeatureState state;
    private final Map<Pair, Open> open = new LinkedHashMap<>();
    private final Map<RecommendationId, Event.SlateServed> slates = new LinkedHashMap<>();

    public ImpressionSampler(FeaturesConfig config, ImpressionOptions options, Consumer<ImpressionSample> sink) {
        this.options = options;
        this.features = new FeatureRowReader(FeatureSchema.standard(config));
        this.sink = sink;
        this.state = new FeatureState(config);
    }

    @Override
    public void accept(long offset, Event event) {
        closeBefore(event.timestamp());
        switch (event) {
            case Event.Action action when action.type() == ActionType.IMPRESSION -> impression(offset, action);
            case Event.Action action -> outcome(action);
            case Event.SlateServed served -> served(served);
            case Event.UserDeleted deleted ->
                open.keySet().removeIf(pair -> pair.user().equals(deleted.user()));
            case Event.UserUpserted upserted -> {
                // The state takes it below.
            }
            case Event.ItemUpserted upserted -> {
                // The state takes it below.
            }
            case Event.ItemDeleted deleted -> {
                // What was shown was shown.
            }
        }
        state.apply(offset, event);
    }

    /** Closes what is still open; call it after the last event. */
    public void finish() {
        open.values().forEach(Open::close);
        open.clear();
    }

    private record Pair(UserId user, ItemId item) {}

    /** An impression whose outcome is not known yet. */
    private final class Open {
        private final long offset;
        private final Event.Action impression;
        private final FeatureRow values;
        private final ImpressionSample.@Nullable Shown shown;
        private int outcome;

        Open(long offset, Event.Action impression) {
            this.offset = offset;
            this.impression = impression;
            this.values = read(impression);
            this.shown = shown(impression);
        }

        boolean takes(Event.Action action) {
            Instant time = action.timestamp();
            boolean inWindow = !time.isBefore(impression.timestamp())
                    && !time.isAfter(impression.timestamp().plus(options.window()));
            return inWindow
                    && (action.recommendation() == null
                            || impression.recommendation() == null
                            || action.recommendation().equals(impression.recommendation()));
        }

        void close() {
            sink.accept(new ImpressionSample(
                    impression.user(), impression.item(), impression.timestamp(), offset, values, outcome, shown));
        }
    }

    private void impression(long offset, Event.Action action) {
        Open earlier = open.remove(new Pair(action.user(), action.item()));
        if (earlier != null) {
            earlier.close();
        }
        if (open.size() == options.maxPending()) {
            closeOldest();
        }
        open.put(new Pair(action.user(), action.item()), new Open(offset, action));
    }

    private void outcome(Event.Action action) {
        Open impression = open.get(new Pair(action.user(), action.item()));
        if (impression != null && impression.takes(action)) {
            impression.outcome |= 1 << action.type().code();
        }
    }

    private void served(Event.SlateServed served) {
        if (slates.putIfAbsent(served.recommendation(), served) == null && slates.size() > options.maxSlates()) {
            Iterator<RecommendationId> oldest = slates.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private void closeBefore(Instant now) {
        while (!open.isEmpty()) {
            Open oldest = open.values().iterator().next();
            if (!oldest.impression.timestamp().plus(options.window()).isBefore(now)) {
                return;
            }
            closeOldest();
        }
    }

    private void closeOldest() {
        Iterator<Open> oldest = open.values().iterator();
        oldest.next().close();
        oldest.remove();
    }

    /** What was known just before the impression. */
    private FeatureRow read(Event.Action impression) {
        Moment moment = new Moment(
                state,
                state.users().ordinal(impression.user()),
                impression.timestamp().toEpochMilli());
        return features.read(moment, state.catalog().ordinal(impression.item()));
    }

    private ImpressionSample.@Nullable Shown shown(Event.Action impression) {
        Event.SlateServed slate = impression.recommendation() == null ? null : slates.get(impression.recommendation());
        if (slate == null) {
            return null;
        }
        for (int i = 0; i < slate.entries().size(); i++) {
            Event.SlateEntry entry = slate.entries().get(i);
            if (entry.item().equals(impression.item())) {
                return new ImpressionSample.Shown(
                        slate.arm(), slate.model(), i, entry.score(), entry.propensity(), entry.source());
            }
        }
        return null;
    }
}
