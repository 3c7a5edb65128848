package dev.millrace.retrieval;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A state that a test fills through events, as the server does. Owned by one thread. */
final class SmallShop {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    final FeatureState state;
    private long seconds;

    SmallShop() {
        this(new FeatureState(FeaturesConfig.defaults()));
    }

    SmallShop(FeatureState state) {
        this.state = state;
    }

    long nowMillis() {
        return START.plusSeconds(seconds).toEpochMilli();
    }

    void tick(long more) {
        seconds += more;
    }

    int item(String id, String... topics) {
        return item(id, true, topics);
    }

    int item(String id, boolean available, String... topics) {
        Instant now = START.plusSeconds(++seconds);
        apply(new Event.ItemUpserted(
                event(), now, new Item(new ItemId(id), "", List.of(topics), Map.of(), now, available)));
        return state.catalog().ordinal(new ItemId(id));
    }

    void delete(String id) {
        apply(new Event.ItemDeleted(event(), START.plusSeconds(++seconds), new ItemId(id)));
    }

    void click(String user, String item) {
        act(user, item, ActionType.CLICK);
    }

    void act(String user, String item, ActionType type) {
        apply(new Event.Action(
                event(), START.plusSeconds(++seconds), new UserId(user), new ItemId(item), type, 1, null));
    }

    /** Many users who each like one of ten topics, with a hundred items. */
    void fill(long seed, int actions) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100; i++) {
            item("i" + i, "t" + i % 10);
        }
        for (int i = 0; i < actions; i++) {
            int user = random.nextInt(50);
            int topic = random.nextInt(4) == 0 ? random.nextInt(10) : user % 10;
            int item = topic + 10 * (int) (10 * Math.pow(random.nextDouble(), 2));
            act("u" + user, "i" + item, random.nextInt(5) == 0 ? ActionType.IMPRESSION : ActionType.CLICK);
        }
    }

    UserContext user(String id, long seed) {
        UserContext user = new UserContext(64);
        int ordinal = state.users().ordinal(new UserId(id));
        user.reset(ordinal, nowMillis(), seed);
        user.historyCount(state.userRows()
                .read(ordinal, state.userRows().room())
                .history(user.historyItems(), user.historyMillis(), user.historyActions()));
        return user;
    }

    private void apply(Event event) {
        state.apply(state.appliedOffset(), event);
    }

    private EventId event() {
        return new EventId("e" + state.appliedOffset());
    }
}
