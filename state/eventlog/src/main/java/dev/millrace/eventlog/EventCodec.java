package dev.millrace.eventlog;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.FloatMap;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The stored form of an {@link Event}, version 1: docs/formats/event-log.md has the picture. Stateless.
 *
 * <p>Every event begins with version, kind and id, so that its id is found without reading the rest. Kinds, like the
 * codes of actions, are never given another meaning.
 */
public final class EventCodec {
    static final int VERSION = 1;

    /** Where the id's length stands: behind version and kind. */
    static final int ID_POSITION = 2;

    private static final int ACTION = 1;
    private static final int ITEM_UPSERTED = 2;
    private static final int ITEM_DELETED = 3;
    private static final int USER_UPSERTED = 4;
    private static final int USER_DELETED = 5;
    private static final int SLATE_SERVED = 6;
    /** A slate of which a ranker foretold what would follow. */
    private static final int SLATE_FORETOLD = 7;

    private static final int TEXT = 1;
    private static final int NUMERIC = 2;
    private static final int FLAG = 3;
    private static final int TEXTS = 4;

    private static final String[] NO_ACTIONS = {};
    private static final float NOT_FORETOLD = Float.NaN;

    private EventCodec() {}

    public static byte[] encode(Event event) {
        EventOutput out = new EventOutput(128);
        encode(event, out);
        return Arrays.copyOf(out.bytes(), out.size());
    }

    /** @throws MillraceException (STORAGE_FAILED) when the bytes are no event that this version knows */
    public static Event decode(byte[] bytes, int offset, int length) {
        EventInput in = new EventInput(bytes, offset, length);
        try {
            Event event = decode(in);
            if (in.remaining() != 0) {
                throw EventInput.unreadable(in.remaining() + " bytes are left over");
            }
            return event;
        } catch (InvalidValueException | DateTimeException e) {
            throw EventInput.unreadable(String.valueOf(e.getMessage()));
        }
    }

    static void encode(Event event, EventOutput out) {
        out.writeByte(VERSION);
        out.writeByte(kind(event));
        out.writeText(event.id().value());
        encodeInstant(event.timestamp(), out);
        switch (event) {
            case Event.Action action -> encodeAction(action, out);
            case Event.ItemUpserted upserted -> encodeItem(upserted.item(), out);
            case Event.ItemDeleted deleted -> out.writeText(deleted.item().value());
            case Event.UserUpserted upserted -> encodeUser(upserted.user(), out);
            case Event.UserDeleted deleted -> out.writeText(deleted.user().value());
            case Event.SlateServed slate -> encodeSlate(slate, out);
        }
    }

    private static int kind(Event event) {
        return switch (event) {
            case Event.Action _ -> ACTION;
            case Event.ItemUpserted _ -> ITEM_UPSERTED;
            case Event.ItemDeleted _ -> ITEM_DELETED;
            case Event.UserUpserted _ -> USER_UPSERTED;
            case Event.UserDeleted _ -> USER_DELETED;
            case Event.SlateServed slate -> slate.foretold().isEmpty() ? SLATE_SERVED : SLATE_FORETOLD;
        };
    }

    private static Event decode(EventInput in) {
        int version = in.readByte();
        if (version == SealedFormat.VERSION) {
            throw EventInput.unreadable("it is encrypted, and the log was opened without its key table");
        }
        if (version != VERSION) {
            throw EventInput.unreadable("it has version " + version + ", this Millrace reads version " + VERSION);
        }
        int kind = in.readByte();
        EventId id = new EventId(in.readText());
        Instant timestamp = decodeInstant(in);
        return switch (kind) {
            case ACTION -> decodeAction(id, timestamp, in);
            case ITEM_UPSERTED -> new Event.ItemUpserted(id, timestamp, decodeItem(in));
            case ITEM_DELETED -> new Event.ItemDeleted(id, timestamp, new ItemId(in.readText()));
            case USER_UPSERTED -> new Event.UserUpserted(id, timestamp, decodeUser(in));
            case USER_DELETED -> new Event.UserDeleted(id, timestamp, new UserId(in.readText()));
            case SLATE_SERVED -> decodeSlate(id, timestamp, in, false);
            case SLATE_FORETOLD -> decodeSlate(id, timestamp, in, true);
            default -> throw EventInput.unreadable("kind " + kind + " is unknown");
        };
    }

    private static void encodeInstant(Instant instant, EventOutput out) {
        out.writeSigned(instant.getEpochSecond());
        out.writeUnsigned(instant.getNano());
    }

    private static Instant decodeInstant(EventInput in) {
        long seconds = in.readSigned();
        long nanos = in.readUnsigned();
        if (nanos < 0 || nanos > 999_999_999) {
            throw EventInput.unreadable(nanos + " nanoseconds are no part of a second");
        }
        return Instant.ofEpochSecond(seconds, nanos);
    }

    private static void encodeAction(Event.Action action, EventOutput out) {
        out.writeByte(action.type().code());
        out.writeText(action.user().value());
        out.writeText(action.item().value());
        out.writeDouble(action.value());
        RecommendationId recommendation = action.recommendation();
        out.writeText(recommendation == null ? "" : recommendation.value());
    }

    private static Event decodeAction(EventId id, Instant timestamp, EventInput in) {
        ActionType type = ActionType.ofCode(in.readByte());
        UserId user = new UserId(in.readText());
        ItemId item = new ItemId(in.readText());
        double value = in.readDouble();
        String recommendation = in.readText();
        return new Event.Action(
                id,
                timestamp,
                user,
                item,
                type,
                value,
                recommendation.isEmpty() ? null : new RecommendationId(recommendation));
    }

    private static void encodeItem(Item item, EventOutput out) {
        out.writeText(item.id().value());
        out.writeText(item.title());
        encodeTexts(item.topics(), out);
        encodeAttributes(item.attributes(), out);
        encodeInstant(item.created(), out);
        out.writeByte(item.available() ? 1 : 0);
    }

    private static Item decodeItem(EventInput in) {
        return new Item(
                new ItemId(in.readText()),
                in.readText(),
                decodeTexts(in),
                decodeAttributes(in),
                decodeInstant(in),
                in.readFlag());
    }

    private static void encodeUser(User user, EventOutput out) {
        out.writeText(user.id().value());
        encodeAttributes(user.attributes(), out);
    }

    private static User decodeUser(EventInput in) {
        return new User(new UserId(in.readText()), decodeAttributes(in));
    }

    private static void encodeSlate(Event.SlateServed slate, EventOutput out) {
        out.writeText(slate.user().value());
        out.writeText(slate.recommendation().value());
        out.writeText(slate.arm());
        out.writeText(slate.model());
        FloatMap actions = slate.foretold();
        if (!actions.isEmpty()) {
            out.writeUnsigned(actions.size());
            for (int action = 0; action < actions.size(); action++) {
                out.writeText(actions.label(action));
            }
        }
        out.writeUnsigned(slate.entries().size());
        for (Event.SlateEntry entry : slate.entries()) {
            out.writeText(entry.item().value());
            out.writeFloat(entry.score());
            out.writeFloat(entry.propensity());
            out.writeText(entry.source());
            for (int action = 0; action < actions.size(); action++) {
                out.writeFloat(
                        entry.probabilities().isEmpty()
                                ? NOT_FORETOLD
                                : entry.probabilities().value(action));
            }
        }
    }

    private static Event decodeSlate(EventId id, Instant timestamp, EventInput in, boolean isForetold) {
        UserId user = new UserId(in.readText());
        RecommendationId recommendation = new RecommendationId(in.readText());
        String arm = in.readText();
        String model = in.readText();
        String[] actions = isForetold ? decodeActions(in) : NO_ACTIONS;
        int count = in.readCount();
        List<Event.SlateEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(new Event.SlateEntry(
                    new ItemId(in.readText()),
                    in.readFloat(),
                    in.readFloat(),
                    in.readText(),
                    decodeProbabilities(actions, in)));
        }
        return new Event.SlateServed(id, timestamp, user, recommendation, arm, model, entries);
    }

    private static String[] decodeActions(EventInput in) {
        List<String> actions = decodeTexts(in);
        if (Set.copyOf(actions).size() < actions.size()) {
            throw EventInput.unreadable("an action is foretold twice: " + actions);
        }
        return actions.toArray(new String[0]);
    }

    private static FloatMap decodeProbabilities(String[] actions, EventInput in) {
        float[] probabilities = new float[actions.length];
        boolean isForetold = false;
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = in.readFloat();
            isForetold |= !Float.isNaN(probabilities[i]);
        }
        return isForetold ? FloatMap.of(actions, probabilities) : FloatMap.EMPTY;
    }

    private static void encodeTexts(List<String> texts, EventOutput out) {
        out.writeUnsigned(texts.size());
        for (String text : texts) {
            out.writeText(text);
        }
    }

    private static List<String> decodeTexts(EventInput in) {
        int count = in.readCount();
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(in.readText());
        }
        return texts;
    }

    /** In the order of their names: equal events have equal bytes. */
    private static void encodeAttributes(Map<String, AttributeValue> attributes, EventOutput out) {
        out.writeUnsigned(attributes.size());
        new TreeMap<>(attributes).forEach((name, value) -> {
            out.writeText(name);
            encodeAttribute(value, out);
        });
    }

    private static Map<String, AttributeValue> decodeAttributes(EventInput in) {
        int count = in.readCount();
        Map<String, AttributeValue> attributes = HashMap.newHashMap(count);
        for (int i = 0; i < count; i++) {
            attributes.put(in.readText(), decodeAttribute(in));
        }
        return attributes;
    }

    private static void encodeAttribute(AttributeValue value, EventOutput out) {
        switch (value) {
            case AttributeValue.Text text -> {
                out.writeByte(TEXT);
                out.writeText(text.value());
            }
            case AttributeValue.Numeric numeric -> {
                out.writeByte(NUMERIC);
                out.writeDouble(numeric.value());
            }
            case AttributeValue.Flag flag -> {
                out.writeByte(FLAG);
                out.writeByte(flag.value() ? 1 : 0);
            }
            case AttributeValue.Texts texts -> {
                out.writeByte(TEXTS);
                encodeTexts(texts.values(), out);
            }
        }
    }

    private static AttributeValue decodeAttribute(EventInput in) {
        int kind = in.readByte();
        return switch (kind) {
            case TEXT -> new AttributeValue.Text(in.readText());
            case NUMERIC -> new AttributeValue.Numeric(in.readDouble());
            case FLAG -> new AttributeValue.Flag(in.readFlag());
            case TEXTS -> new AttributeValue.Texts(decodeTexts(in));
            default -> throw EventInput.unreadable("attribute kind " + kind + " is unknown");
        };
    }
}
