package dev.millrace.training.online;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.model.Event;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * Puts slates and the feedback on them together, in the order of the log. Owned by the learner.
 *
 * <p>Time is that of the slates, which the server gives them: the clocks of those who report actions may be wrong. A
 * slate is done once a slate comes that is younger by the window; so the last ones of a stream that ends are not learnt. What a
 * ranker foretold is followed beside that ({@link ForetoldSlates}).
 */
final class FeedbackJoin implements EventConsumer {
    /** The arm whose scores are values: other arms order by other things. */
    private static final String ARM = "home";

    /** Slates that wait for feedback; when there are more, the oldest waits no longer. */
    private static final int MOST_WAITING = 20_000;

    private static final int MOST_USERS = 100_000;
    private static final int MOST_ITEMS = 2_000_000;

    private final long windowMillis;
    private final ItemTopics topics = new ItemTopics(MOST_ITEMS);
    private final RecentActions actions = new RecentActions(MOST_USERS, topics);
    private final Map<RecommendationId, ServedSlate> waiting = new LinkedHashMap<>();
    private final Queue<ServedSlate> done = new ArrayDeque<>();
    private final ForetoldSlates foretold;
    /** Slates of older events were learnt from before, or are not to be. */
    private final long learnFrom;

    FeedbackJoin(long windowMillis, ForetoldSlates foretold, long learnFrom) {
        this.windowMillis = windowMillis;
        this.foretold = foretold;
        this.learnFrom = learnFrom;
    }

    /** Takes over what a snapshot says of items and of the users who were here last, before the first event. */
    void begin(WholeSnapshot snapshot) throws IOException {
        snapshot.tell(FeaturesConfig.defaults(), MOST_USERS, new WholeSnapshot.Listener() {
            @Override
            public void item(Item item) {
                topics.upsert(item);
            }

            @Override
            public void user(UserId user, List<ItemId> history) {
                actions.restore(user, history);
            }
        });
    }

    /** Forgets the users of whom nothing may be known any more. */
    void forgetIf(Predicate<UserId> isGone) {
        actions.forgetIf(isGone);
        Predicate<ServedSlate> isOfOne = slate -> isGone.test(slate.user());
        waiting.values().removeIf(isOfOne);
        done.removeIf(isOfOne);
        foretold.forgetIf(isGone);
    }

    List<ItemId> historyOf(UserId user) {
        return actions.of(user);
    }

    ItemTopics topics() {
        return topics;
    }

    /** The slates whose time for feedback is over, in the order in which they were served; take them from it. */
    Queue<ServedSlate> done() {
        return done;
    }

    ForetoldSlates foretold() {
        return foretold;
    }

    @Override
    public void accept(long offset, Event event) {
        switch (event) {
            case Event.SlateServed served -> serve(offset, served);
            case Event.Action action -> {
                feedback(action);
                foretold.act(action);
                actions.accept(action);
            }
            case Event.ItemUpserted upserted -> topics.upsert(upserted.item());
            case Event.ItemDeleted deleted -> topics.delete(deleted.item());
            case Event.UserDeleted deleted -> {
                actions.forget(deleted.user());
                waiting.values().removeIf(slate -> slate.user().equals(deleted.user()));
                foretold.forgetIf(deleted.user()::equals);
            }
            case Event.UserUpserted upserted -> {
                // What users say of themselves is not learnt from.
            }
        }
    }

    private void serve(long offset, Event.SlateServed served) {
        long now = served.timestamp().toEpochMilli();
        closeBefore(now);
        foretold.advance(served.timestamp());
        if (offset < learnFrom || !served.arm().equals(ARM) || served.model().isEmpty()) {
            return;
        }
        int places = Math.min(ServedSlate.MOST_PLACES, served.entries().size());
        List<ItemId> items = new ArrayList<>(places);
        float[] scores = new float[places];
        for (int place = 0; place < places; place++) {
            Event.SlateEntry entry = served.entries().get(place);
            items.add(topics.shared(entry.item()));
            scores[place] = entry.score();
        }
        waiting.put(
                served.recommendation(),
                new ServedSlate(served.user(), now, served.model(), items, scores, historyOf(served.user())));
        foretold.serve(served, items);
        if (waiting.size() > MOST_WAITING) {
            closeOldest();
        }
    }

    private void feedback(Event.Action action) {
        RecommendationId recommendation = action.recommendation();
        if (recommendation == null) {
            return;
        }
        ServedSlate slate = waiting.get(recommendation);
        if (slate != null && slate.user().equals(action.user())) {
            slate.act(action.type(), action.item());
        }
    }

    private void closeBefore(long now) {
        while (!waiting.isEmpty() && waiting.values().iterator().next().millis() < now - windowMillis) {
            closeOldest();
        }
    }

    private void closeOldest() {
        Iterator<ServedSlate> all = waiting.values().iterator();
        done.add(all.next());
        all.remove();
    }
}
