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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Replays events into one sample per impression: what was known when it was decided, and the actions that followed.
 *
 * <p>The features are read from a state of the sampler's own, through the definitions that serving reads too. Where a slate that
 * is remembered showed the item, they are those of the moment when it was served, as the answer was made of them: later than that,
 * the slate's own items would count as met. Otherwise they are those just before the impression. An action belongs to the newest impression of its user and item, if it
 * came within the window and names no other slate. A second impression closes the first; a deleted user's open samples
 * are dropped. Samples come in the order of their impressions. Owned by one thread.
 */
public final class ImpressionSampler implements EventConsumer {
    private final ImpressionOptions options;
    private final FeatureRowReader features;
    private final Consumer<ImpressionSample> sink;
    private final FeatureState state;
    private final Map<Pair, Open> open = new LinkedHashMap<>();
    private final Map<RecommendationId, ServedSlate> slates = new LinkedHashMap<>();

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
            ServedSlate slate = impression.recommendation() == null ? null : slates.get(impression.recommendation());
            int place = slate == null ? -1 : slate.place(impression);
            this.values = slate == null || place < 0 ? read(impression) : slate.features(place);
            this.shown = slate == null || place < 0 ? null : slate.shown(place);
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
        if (slates.containsKey(served.recommendation())) {
            return;
        }
        Moment moment = new Moment(
                state, state.users().ordinal(served.user()), served.timestamp().toEpochMilli());
        List<FeatureRow> rows = new ArrayList<>(served.entries().size());
        for (Event.SlateEntry entry : served.entries()) {
            rows.add(features.read(moment, state.catalog().ordinal(entry.item())));
        }
        if (slates.put(served.recommendation(), new ServedSlate(served, rows)) == null
                && slates.size() > options.maxSlates()) {
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
