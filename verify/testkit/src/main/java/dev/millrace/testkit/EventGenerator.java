package dev.millrace.testkit;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.FloatMap;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Makes random events of every kind, odd texts and extreme numbers among them. Owned by one thread. */
public final class EventGenerator {
    private static final String[] ODD_TEXTS = {
        "x", "naïve", "日本語", "🙂🙃", "a b", "\uD83D", "x\uDE00y", "'\"\\<&", "ﬀ", "e\u0301", "\u200Bz"
    };
    private static final double[] ODD_NUMBERS = {0, -0.0, 1, -1, Double.MAX_VALUE, Double.MIN_VALUE, 1e-300, Math.PI};

    private final Random random;
    private long count;

    public EventGenerator(Random random) {
        this.random = random;
    }

    /** An event of any kind whose id no other event of this generator has. */
    public Event next() {
        EventId id = new EventId("e" + count++ + oddText());
        return switch (random.nextInt(8)) {
            case 0 -> new Event.ItemUpserted(id, instant(), item());
            case 1 -> new Event.ItemDeleted(id, instant(), itemId());
            case 2 -> new Event.UserUpserted(id, instant(), new User(userId(), attributes()));
            case 3 -> new Event.UserDeleted(id, instant(), userId());
            case 4 -> slate(id);
            default -> action(id);
        };
    }

    /** An action with this id. */
    public Event.Action action(EventId id) {
        ActionType[] types = ActionType.values();
        return new Event.Action(
                id,
                instant(),
                userId(),
                itemId(),
                types[random.nextInt(types.length)],
                number(),
                random.nextBoolean() ? null : new RecommendationId("r" + random.nextInt(1000)));
    }

    private Event slate(EventId id) {
        List<Event.SlateEntry> entries = new ArrayList<>();
        String[] actions = random.nextBoolean() ? new String[0] : new String[] {"click", oddText()};
        for (int i = random.nextInt(20); i > 0; i--) {
            float[] probabilities = new float[actions.length];
            for (int action = 0; action < actions.length; action++) {
                probabilities[action] = random.nextFloat();
            }
            entries.add(new Event.SlateEntry(
                    itemId(),
                    random.nextFloat(),
                    random.nextFloat(),
                    oddText(),
                    random.nextInt(5) == 0 ? FloatMap.EMPTY : FloatMap.of(actions, probabilities)));
        }
        RecommendationId recommendation = new RecommendationId("r" + random.nextInt(1000));
        return new Event.SlateServed(id, instant(), userId(), recommendation, oddText(), "", entries);
    }

    private Item item() {
        List<String> topics = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            topics.add(oddText());
        }
        return new Item(
                itemId(), oddText().repeat(random.nextInt(5)), topics, attributes(), instant(), random.nextBoolean());
    }

    private Map<String, AttributeValue> attributes() {
        Map<String, AttributeValue> attributes = new HashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            attributes.put(
                    oddText() + i,
                    switch (random.nextInt(4)) {
                        case 0 -> new AttributeValue.Text(oddText().repeat(random.nextInt(30)));
                        case 1 -> new AttributeValue.Numeric(number());
                        case 2 -> new AttributeValue.Flag(random.nextBoolean());
                        default -> new AttributeValue.Texts(List.of(oddText(), oddText()));
                    });
        }
        return attributes;
    }

    private ItemId itemId() {
        return new ItemId("i" + random.nextInt(1000) + oddText());
    }

    private UserId userId() {
        return new UserId("u" + random.nextInt(1000));
    }

    private double number() {
        return random.nextBoolean() ? random.nextGaussian() : ODD_NUMBERS[random.nextInt(ODD_NUMBERS.length)];
    }

    private Instant instant() {
        return switch (random.nextInt(10)) {
            case 0 -> Instant.MIN;
            case 1 -> Instant.MAX;
            case 2 -> Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
            default -> Instant.ofEpochMilli(1_780_000_000_000L + random.nextInt(1_000_000_000));
        };
    }

    private String oddText() {
        return ODD_TEXTS[random.nextInt(ODD_TEXTS.length)];
    }
}
