package dev.millrace.features;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A seeded source of events of every kind, out of order by up to an hour, with deletions and unknown names. */
final class EventWorld {
    static final long START_SECONDS = 1_760_000_000L;

    private final Random random;
    private final int users;
    private final int items;
    private final int topics;
    private long seconds = START_SECONDS;
    private long next;

    EventWorld(long seed, int users, int items, int topics) {
        this.random = new Random(seed);
        this.users = users;
        this.items = items;
        this.topics = topics;
    }

    List<Event> events(int count) {
        List<Event> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(event());
        }
        return events;
    }

    Event event() {
        seconds += random.nextInt(600);
        int kind = random.nextInt(200);
        if (kind < 8) {
            return new Event.ItemUpserted(id(), time(), item());
        }
        if (kind < 10) {
            return new Event.ItemDeleted(id(), time(), itemId());
        }
        if (kind < 14) {
            return new Event.UserUpserted(
                    id(), time(), new User(userId(), random.nextInt(6) == 0 ? many() : attributes()));
        }
        if (kind < 15) {
            return new Event.UserDeleted(id(), time(), userId());
        }
        if (kind < 30) {
            return new Event.SlateServed(
                    id(), time(), userId(), recommendation(), "arm" + random.nextInt(3), "", List.of());
        }
        return new Event.Action(
                id(),
                time(),
                userId(),
                itemId(),
                ActionType.ofCode(random.nextInt(10)),
                random.nextDouble(),
                random.nextInt(3) == 0 ? recommendation() : null);
    }

    private Item item() {
        List<String> names = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            names.add("topic" + random.nextInt(topics));
        }
        Instant created = Instant.ofEpochSecond(seconds - random.nextInt(10_000_000), random.nextInt(1_000_000_000));
        return new Item(itemId(), "title " + next, names, attributes(), created, random.nextInt(10) != 0);
    }

    private Map<String, AttributeValue> attributes() {
        return Map.of(
                "text", new AttributeValue.Text("t" + random.nextInt(5)),
                "number", new AttributeValue.Numeric(random.nextInt(100) / 7.0),
                "flag", new AttributeValue.Flag(random.nextBoolean()),
                "texts", new AttributeValue.Texts(List.of("a", "b" + random.nextInt(9))));
    }

    /** More than a row of the store holds. */
    private Map<String, AttributeValue> many() {
        String text = String.valueOf((char) ('a' + random.nextInt(26))).repeat(3_000);
        return Map.of(
                "x",
                new AttributeValue.Text(text),
                "y",
                new AttributeValue.Text(text),
                "z",
                new AttributeValue.Text(text));
    }

    private UserId userId() {
        return new UserId("u" + random.nextInt(users));
    }

    private ItemId itemId() {
        return new ItemId("i" + random.nextInt(items));
    }

    private RecommendationId recommendation() {
        return new RecommendationId("r" + random.nextInt(40));
    }

    private Instant time() {
        return Instant.ofEpochSecond(seconds - random.nextInt(3600), random.nextInt(1000) * 1_000_000L);
    }

    private EventId id() {
        return new EventId("e" + next++);
    }
}
