package dev.millrace.wire.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.wire.Given;
import dev.millrace.wire.WireJson;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.ingest.EventBody;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Reads one JSON object per line, as the public API takes them: an event has a type; {@code {"item": {…}}} and
 * {@code {"user": {…}}} hold an item and a user; any other object is a user in a file whose name begins with "users", else
 * an item. An event may leave its id out. Stateless.
 */
final class JsonLinesReader implements DatasetReader {
    private static final ObjectMapper JSON = WireJson.strict();

    @Override
    public ImportSummary read(Path path, EventSink sink, RejectSink rejects, ProgressSink progress) throws IOException {
        List<Path> files = Folders.files(path, ".jsonl");
        ImportRun run = new ImportRun(sink, rejects, progress);
        run.expect(files.toArray(Path[]::new));
        for (Path file : files) {
            boolean users = file.getFileName().toString().startsWith("users");
            run.read(file, StandardCharsets.UTF_8, (line, into) -> parse(line, users, into));
        }
        return run.summary();
    }

    private static void parse(SourceLine line, boolean users, List<Event> into) {
        try {
            JsonNode node = JSON.readTree(line.text());
            if (!(node instanceof ObjectNode object)) {
                throw new InvalidValueException("line", "is not a JSON object; give one object per line");
            }
            if (object.has("type")) {
                events(line, object, into);
            } else if (object.get("item") instanceof ObjectNode item) {
                into.add(item(line, item));
            } else if (object.get("user") instanceof ObjectNode user) {
                into.add(user(line, user));
            } else {
                into.add(users ? user(line, object) : item(line, object));
            }
        } catch (JsonProcessingException e) {
            throw invalid(e);
        }
    }

    private static void events(SourceLine line, ObjectNode object, List<Event> into) throws JsonProcessingException {
        if (!object.has("eventId")) {
            object.put("eventId", line.id(0).value());
        }
        EventBody body = JSON.treeToValue(object, EventBody.class);
        Instant time = body.timestamp();
        if (time == null) {
            throw new InvalidValueException("timestamp", "is missing; an import cannot take now for then");
        }
        if (body.item() != null && body.items() != null) {
            throw new InvalidValueException("items", "stands beside item; give one of them");
        }
        List<String> many = body.items();
        if (many == null) {
            into.add(action(body, new EventId(body.eventId()), time, Given.required("item", body.item())));
            return;
        }
        for (int i = 0; i < many.size(); i++) {
            into.add(action(body, new EventId(body.eventId() + "#" + i), time, many.get(i)));
        }
    }

    private static Event action(EventBody body, EventId id, Instant time, String item) {
        @Nullable String slate = body.recommendationId();
        return new Event.Action(
                id,
                time,
                new UserId(body.user()),
                new ItemId(item),
                CsvReader.type(body.type()),
                Given.or(body.value(), 1.0),
                slate == null ? null : new RecommendationId(slate));
    }

    private static Event item(SourceLine line, ObjectNode object) throws JsonProcessingException {
        ItemBody body = JSON.treeToValue(object, ItemBody.class);
        Instant created = Given.or(body.created(), Instant.EPOCH);
        Item item = new Item(
                new ItemId(Given.required("id", body.id())),
                body.title(),
                body.topics(),
                body.attributes(),
                created,
                body.available());
        return new Event.ItemUpserted(line.id(0), created, item);
    }

    private static Event user(SourceLine line, ObjectNode object) throws JsonProcessingException {
        UserBody body = JSON.treeToValue(object, UserBody.class);
        return new Event.UserUpserted(
                line.id(0), Instant.EPOCH, new User(new UserId(Given.required("id", body.id())), body.attributes()));
    }

    /** What the value types said, where they refused it; else what the parser said. */
    private static InvalidValueException invalid(JsonProcessingException failure) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidValueException invalid) {
                return invalid;
            }
        }
        return new InvalidValueException("json", "cannot be read: " + failure.getOriginalMessage());
    }
}
