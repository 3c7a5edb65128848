package dev.millrace.recommend.stages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.SeenItems;
import dev.millrace.features.UserRow;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

class TasteTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final float RATE = 0.1f;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());

    @Test
    void logLift_clickedAndPassedOver_setsThemApart() {
        for (int i = 0; i < 10; i++) {
            act("space" + i, "space", i < 5 ? ActionType.CLICK : ActionType.IMPRESSION);
            act("horror" + i, "horror", ActionType.IMPRESSION);
        }
        Taste taste = taste(NOW);
        assertTrue(lift(taste, "space0") > 0.5, () -> "liked: " + lift(taste, "space0"));
        assertTrue(lift(taste, "horror0") < -0.5, () -> "passed over: " + lift(taste, "horror0"));
        assertEquals(topic("space0"), taste.favourite(state.catalog().topics(item("space0"))));
        assertEquals(-1, taste.favourite(state.catalog().topics(item("horror0"))));
    }

    @Test
    void logLift_aYearAfterTheLastAction_doesNotTurnAgainstWhatWasLiked() {
        for (int i = 0; i < 10; i++) {
            act("space" + i, "space", ActionType.CLICK);
        }
        act("horror0", "horror", ActionType.IMPRESSION);
        Taste taste = taste(NOW.plus(Duration.ofDays(365)));
        assertEquals(0, lift(taste, "space0"), 0.05);
    }

    @Test
    void logLift_ofActionsWithoutImpressions_isAboveOne() {
        for (int i = 0; i < 100; i++) {
            act("space" + i, "space", ActionType.CLICK);
        }
        act("horror0", "horror", ActionType.IMPRESSION);
        Taste taste = taste(NOW);
        assertTrue(lift(taste, "space0") > 0.5, () -> "imported: " + lift(taste, "space0"));
    }

    private Taste taste(Instant at) {
        Taste taste = new Taste(state.config().userTopics());
        int user = state.users().ordinal(new UserId("u"));
        UserRow row = state.userRows().read(user, state.userRows().room());
        taste.read(row, at.toEpochMilli(), state.catalog().topicCount());
        int capacity = state.userRows().historyCapacity();
        int[] items = new int[capacity];
        int count = row.history(items, new long[capacity], new byte[capacity]);
        SeenItems seen = new SeenItems();
        row.seen(seen);
        taste.countShown(seen, items, count, state.catalog());
        return taste;
    }

    private float lift(Taste taste, String item) {
        return taste.logLift(state.catalog().topics(item(item)), RATE);
    }

    private int item(String id) {
        return state.catalog().ordinal(new ItemId(id));
    }

    private int topic(String item) {
        return state.catalog().topics(item(item))[0];
    }

    private void act(String item, String topic, ActionType type) {
        ItemId id = new ItemId(item);
        apply(new Event.ItemUpserted(event(), NOW, new Item(id, "", List.of(topic), Map.of(), NOW, true)));
        apply(new Event.Action(event(), NOW, new UserId("u"), id, type, 1, null));
    }

    private void apply(Event event) {
        state.apply(state.appliedOffset(), event);
    }

    private EventId event() {
        return new EventId("e" + state.appliedOffset());
    }
}
