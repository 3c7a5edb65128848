package dev.millrace.server.ingest;

import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.wire.EventTimes;
import dev.millrace.wire.Given;
import dev.millrace.wire.ingest.EventBody;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Event bodies as the log keeps them. Stateless. */
public final class EventBodies {
    private static final int MAX_ITEMS = 1000;

    private static final Map<String, ActionType> TYPES = types();

    private EventBodies() {}

    /** One action per item of the body. */
    public static List<Event> events(EventBody body, Instant now) {
        UserId user = Given.id("user", body.user(), UserId::new);
        ActionType type = type(body.type());
        Instant timestamp = timestamp(body.timestamp(), now);
        double value = body.value() == null ? 1 : Given.amount("value", body.value());
        RecommendationId recommendation = body.recommendationId() == null
                ? null
                : Given.id("recommendationId", body.recommendationId(), RecommendationId::new);
        List<Event> events = new ArrayList<>();
        if (body.item() != null) {
            requireNoItems(body);
            EventId id = Given.id("eventId", body.eventId(), EventId::new);
            ItemId item = Given.id("item", body.item(), ItemId::new);
            events.add(new Event.Action(id, timestamp, user, item, type, value, recommendation));
            return events;
        }
        for (String text : items(body)) {
            EventId id = Given.id("eventId", body.eventId() + "#" + events.size(), EventId::new);
            ItemId item = Given.id("items[" + events.size() + "]", text, ItemId::new);
            events.add(new Event.Action(id, timestamp, user, item, type, value, recommendation));
        }
        return events;
    }

    private static void requireNoItems(EventBody body) {
        if (body.items() != null) {
            throw new InvalidValueException("items", "stands beside item; give one of the two");
        }
    }

    private static List<String> items(EventBody body) {
        List<String> items = body.items();
        if (items == null || items.isEmpty()) {
            throw new InvalidValueException("item", "is missing; give item, or items for several");
        }
        if (items.size() > MAX_ITEMS) {
            throw new InvalidValueException("items", "has " + items.size() + " entries; give at most " + MAX_ITEMS);
        }
        return items;
    }

    private static ActionType type(String name) {
        ActionType type = TYPES.get(name);
        if (type == null) {
            throw new InvalidValueException(
                    "type", "'" + name + "' is unknown; give one of " + new TreeSet<>(TYPES.keySet()));
        }
        return type;
    }

    private static Instant timestamp(@Nullable Instant given, Instant now) {
        if (given == null) {
            return now;
        }
        EventTimes.requirePast(given, now);
        return given;
    }

    private static Map<String, ActionType> types() {
        Map<String, ActionType> types = new HashMap<>();
        for (ActionType type : ActionType.values()) {
            types.put(type.name().toLowerCase(Locale.ROOT), type);
        }
        return Map.copyOf(types);
    }
}
