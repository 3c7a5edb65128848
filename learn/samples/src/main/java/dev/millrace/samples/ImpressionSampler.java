package dev.millrace.samples;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.Moment;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.RecommendationId;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Replays events into one sample per impression: what was known when it was decided, and the actions that followed.
 *
 * <p>A replay begins with no state at the log's first event, or with the state of a later offset; then an impression of a slate that was
 * served before gives no sample either. The features are read from a state of the sampler's own, through the definitions that serving reads too. Where a slate that
 * is remembered showed the item, they are those of the moment when it was served, as the answer was made of them: later than that,
 * the slate's own items would count as met. An impression that names a slate which may have been forgotten gives no sample, but is
 * counted. Otherwise the features are those just before the impression. What followed an impression is decided by
 * {@link ImpressionOutcomes}; a deleted user's open samples are dropped. Samples come in the order of their impressions. Owned by one
 * thread.
 */
public final class ImpressionSampler implements EventConsumer {
    private final ImpressionOptions options;
    private final FeatureRowReader features;
    private final ImpressionOutcomes<Known> outcomes;
    private final FeatureState state;
    private final Map<RecommendationId, ServedSlate> slates = new LinkedHashMap<>();
    /** Items of the slates. */
    private long rows;

    private boolean hasForgotten;
    private long forgotten;

    /** For a replay from the log's first event on. */
    public ImpressionSampler(FeaturesConfig config, ImpressionOptions options, Consumer<ImpressionSample> sink) {
        this(new FeatureState(config), options, sink);
    }

    /** @param begun the state where the replay begins, which is the sampler's from now on */
    public ImpressionSampler(FeatureState begun, ImpressionOptions options, Consumer<ImpressionSample> sink) {
        this.options = options;
        this.features = new FeatureRowReader(FeatureSchema.standard(begun.config()));
        this.outcomes =
                new ImpressionOutcomes<>(options.window(), (known, outcome) -> sink.accept(known.sample(outcome)));
        this.state = begun;
        this.hasForgotten = begun.appliedOffset() > 0;
    }

    @Override
    public void accept(long offset, Event event) {
        outcomes.closeBefore(event.timestamp());
        switch (event) {
            case Event.Action action when action.type() == ActionType.IMPRESSION -> impression(offset, action);
            case Event.Action action -> outcomes.act(action, true);
            case Event.SlateServed served -> served(served);
            case Event.UserDeleted deleted -> outcomes.forgetUsers(deleted.user()::equals);
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
        while (outcomes.size() > 0) {
            outcomes.closeOldest();
        }
    }

    /** How many impressions named a slate that is not remembered, where some had to be forgotten or were before the replay. */
    public long forgotten() {
        return forgotten;
    }

    /** Told of items: what they are, in the buckets of the schema. */
    @FunctionalInterface
    public interface ItemSink {
        /** @param profile buckets of the item's topics and attributes */
        void accept(int item, int[] profile);
    }

    /** Tells of all items as they are after the last event: also of those that were never shown, and are in histories. */
    public void describeItems(ItemSink sink) {
        Moment moment = new Moment(state, -1, 0);
        for (int item = 0; item < state.catalog().size(); item++) {
            FeatureRow row = features.read(moment, item);
            sink.accept(row.item(), row.itemProfile());
        }
    }

    /** What is known of an impression before its outcome. */
    private record Known(
            Event.Action impression, long offset, FeatureRow values, ImpressionSample.@Nullable Shown shown) {
        ImpressionSample sample(int outcome) {
            return new ImpressionSample(
                    impression.user(), impression.item(), impression.timestamp(), offset, values, outcome, shown);
        }
    }

    private void impression(long offset, Event.Action action) {
        outcomes.endEarlier(action.user(), action.item());
        RecommendationId recommendation = action.recommendation();
        ServedSlate slate = recommendation == null ? null : slates.get(recommendation);
        if (hasForgotten && recommendation != null && slate == null) {
            forgotten++;
            return;
        }
        if (outcomes.size() == options.maxPending()) {
            outcomes.closeOldest();
        }
        int place = slate == null ? -1 : slate.place(action);
        Known known = slate == null || place < 0
                ? new Known(action, offset, read(action), null)
                : new Known(action, offset, slate.features(place), slate.shown(place));
        Instant time = action.timestamp();
        outcomes.open(action.user(), action.item(), recommendation, time, time, known);
        if (known.shown() != null) {
            outcomes.takeEarly(action.user(), action.item());
        }
    }

    private void served(Event.SlateServed served) {
        if (slates.containsKey(served.recommendation())) {
            return;
        }
        Moment moment = new Moment(
                state, state.users().ordinal(served.user()), served.timestamp().toEpochMilli());
        int[] items = served.entries().stream()
                .mapToInt(entry -> state.catalog().ordinal(entry.item()))
                .toArray();
        slates.put(served.recommendation(), new ServedSlate(served, features.read(moment, items)));
        rows += items.length;
        while (rows > options.maxRows() && slates.size() > 1) {
            Iterator<ServedSlate> oldest = slates.values().iterator();
            rows -= oldest.next().rows().size();
            oldest.remove();
            hasForgotten = true;
        }
    }

    /** What was known just before the impression. */
    private FeatureRow read(Event.Action impression) {
        Moment moment = new Moment(
                state,
                state.users().ordinal(impression.user()),
                impression.timestamp().toEpochMilli());
        return features.read(moment, state.catalog().ordinal(impression.item()));
    }

    /** A slate, and what was known when it was served. */
    private record ServedSlate(Event.SlateServed served, List<FeatureRow> rows) {
        /** Where the slate showed the impression's item to its user; −1 where it did not. */
        int place(Event.Action impression) {
            if (!served.user().equals(impression.user())) {
                return -1;
            }
            for (int i = 0; i < served.entries().size(); i++) {
                if (served.entries().get(i).item().equals(impression.item())) {
                    return i;
                }
            }
            return -1;
        }

        FeatureRow features(int place) {
            return rows.get(place);
        }

        ImpressionSample.Shown shown(int place) {
            Event.SlateEntry entry = served.entries().get(place);
            return new ImpressionSample.Shown(
                    served.recommendation(),
                    served.arm(),
                    served.model(),
                    place,
                    entry.score(),
                    entry.propensity(),
                    entry.source());
        }
    }
}
