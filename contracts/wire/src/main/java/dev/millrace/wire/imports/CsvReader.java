package dev.millrace.wire.imports;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads files whose header names the columns, which are separated by commas, semicolons or tabs as in the header. A header with user and item is of events (type, timestamp,
 * value, recommendationId, eventId besides); one with id is of items (title, topics with bars between them, created,
 * available; every other column is an attribute), or of users in a file whose name begins with "users". Stateless.
 */
final class CsvReader implements DatasetReader {
    /** A whole number below this is seconds since 1970, from this on milliseconds: the year 5138, or March 1973. */
    private static final long FIRST_MILLIS = 100_000_000_000L;

    /** The first by which the header names what is needed. */
    private static final char[] SEPARATORS = {',', ';', '\t'};

    private static final int SHOWN_HEADER = 200;

    private static final Set<String> ITEM_COLUMNS = Set.of("id", "title", "topics", "created", "available");

    @Override
    public ImportSummary read(Path path, EventSink sink, RejectSink rejects, ProgressSink progress) throws IOException {
        List<Path> files = Folders.files(path, ".csv");
        ImportRun run = new ImportRun(sink, rejects, progress);
        run.expect(files.toArray(Path[]::new));
        for (Path file : files) {
            String name = file.getFileName().toString();
            run.read(file, StandardCharsets.UTF_8, header -> open(name, header));
        }
        return run.summary();
    }

    static Instant time(String text) {
        if (LineFields.isWholeNumber(text)) {
            long number = LineFields.wholeNumber("timestamp", text);
            return number < FIRST_MILLIS ? Instant.ofEpochSecond(number) : Instant.ofEpochMilli(number);
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw new InvalidValueException(
                    "timestamp",
                    "is '" + text
                            + "'; give ISO-8601 such as 2026-01-31T12:00:00Z, or seconds or milliseconds since 1970");
        }
    }

    static ActionType type(String text) {
        try {
            return ActionType.valueOf(text.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(
                    "type", "is '" + text + "'; give one of " + List.of(ActionType.values()) + " in any case");
        }
    }

    private static ImportRun.Opened open(String file, String header) {
        Columns columns = columns(file, header);
        if (isOfEvents(columns)) {
            return new ImportRun.Opened(new EventParser(file, columns), true);
        }
        int id = columns.require(file, "id");
        ImportRun.LineParser parser = file.startsWith("users")
                ? (line, into) -> into.add(user(line, columns, id))
                : (line, into) -> into.add(item(line, columns, id));
        return new ImportRun.Opened(parser, true);
    }

    private static Columns columns(String file, String header) {
        for (char separator : SEPARATORS) {
            Columns columns = new Columns(LineFields.csv(header, separator), separator);
            if (isOfEvents(columns) || columns.find("id") >= 0) {
                return columns;
            }
        }
        throw new UnreadableLayoutException(file
                + " has no column 'id' of items or users, nor 'user' and 'item' of events; its first line, which must name"
                + " them with commas, semicolons or tabs between, is '"
                + header.substring(0, Math.min(header.length(), SHOWN_HEADER)) + "'");
    }

    private static boolean isOfEvents(Columns columns) {
        return columns.find("user", "userId") >= 0 && columns.find("item", "itemId") >= 0;
    }

    private static Event user(SourceLine line, Columns columns, int id) {
        List<String> fields = columns.split(line.text());
        return new Event.UserUpserted(
                line.id(0),
                Instant.EPOCH,
                new User(new UserId(Columns.required(fields, id, "id")), attributes(columns, fields, Set.of("id"))));
    }

    private static Event item(SourceLine line, Columns columns, int id) {
        List<String> fields = columns.split(line.text());
        String title = Columns.value(fields, columns.find("title"));
        String topics = Columns.value(fields, columns.find("topics"));
        String created = Columns.value(fields, columns.find("created"));
        String available = Columns.value(fields, columns.find("available"));
        Instant time = created == null ? Instant.EPOCH : time(created);
        Item item = new Item(
                new ItemId(Columns.required(fields, id, "id")),
                title == null ? "" : title,
                topics == null ? List.of() : List.of(topics.split("\\|")),
                attributes(columns, fields, ITEM_COLUMNS),
                time,
                available == null || flag(available));
        return new Event.ItemUpserted(line.id(0), time, item);
    }

    private static boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes" -> true;
            case "false", "0", "no" -> false;
            default -> throw new InvalidValueException("available", "is '" + text + "'; give true or false");
        };
    }

    /** Every other column; a value that reads as a number is one. */
    private static Map<String, AttributeValue> attributes(Columns columns, List<String> fields, Set<String> without) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        for (int i = 0; i < columns.count(); i++) {
            String value = Columns.value(fields, i);
            String name = columns.name(i).strip();
            if (value != null && !without.contains(name.toLowerCase(Locale.ROOT))) {
                attributes.put(name, attribute(value));
            }
        }
        return attributes;
    }

    private static AttributeValue attribute(String value) {
        try {
            double number = Double.parseDouble(value);
            return Double.isFinite(number) ? new AttributeValue.Numeric(number) : new AttributeValue.Text(value);
        } catch (NumberFormatException e) {
            return new AttributeValue.Text(value);
        }
    }

    /** Makes an action of a line. */
    private static final class EventParser implements ImportRun.LineParser {
        private final Columns columns;
        private final int user;
        private final int item;
        private final int time;
        private final int type;
        private final int value;
        private final int recommendation;
        private final int eventId;

        EventParser(String file, Columns columns) {
            this.columns = columns;
            user = columns.require(file, "user", "userId");
            item = columns.require(file, "item", "itemId");
            time = columns.require(file, "timestamp", "time", "ts");
            type = columns.find("type", "action", "event");
            value = columns.find("value", "rating");
            recommendation = columns.find("recommendationId");
            eventId = columns.find("eventId");
        }

        @Override
        public void parse(SourceLine line, List<Event> into) {
            List<String> fields = columns.split(line.text());
            String givenId = Columns.value(fields, eventId);
            String slate = Columns.value(fields, recommendation);
            String amount = Columns.value(fields, value);
            into.add(new Event.Action(
                    givenId == null ? line.id(0) : new EventId(givenId),
                    time(Columns.required(fields, time, "timestamp")),
                    new UserId(Columns.required(fields, user, "user")),
                    new ItemId(Columns.required(fields, item, "item")),
                    actionType(Columns.value(fields, type), amount),
                    amount == null ? 1 : LineFields.decimal("value", amount),
                    slate == null ? null : new RecommendationId(slate)));
        }

        /** Without a type, a line with a value is a rating, and one without is a click. */
        private static ActionType actionType(@Nullable String text, @Nullable String amount) {
            if (text != null) {
                return type(text);
            }
            return amount == null ? ActionType.CLICK : ActionType.RATING;
        }
    }
}
