package dev.millrace.wire.ingest;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * One event of {@code POST /v1/events}.
 *
 * @param eventId the name under which a repetition is recognised
 * @param item the item it happened to; or
 * @param items several of them, which become one event each, named {@code eventId#i}
 * @param type an action's name in lower case: {@code click}, {@code impression}, {@code long_view}, …
 * @param timestamp ISO-8601 or milliseconds since 1970; now where absent
 * @param value the rating or the seconds watched; 1 where absent
 * @param recommendationId the answer that led to it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EventBody(
        String eventId,
        String user,
        @Nullable String item,
        @Nullable List<String> items,
        String type,
        @Nullable Instant timestamp,
        @Nullable Double value,
        @Nullable String recommendationId) {
    public EventBody {
        eventId = Given.required("eventId", eventId);
        user = Given.required("user", user);
        type = Given.required("type", type);
        items = items == null ? null : Given.list("items", items);
    }

    /** An action on one item that happens now. */
    public static EventBody of(
            String eventId, String user, String item, String type, @Nullable String recommendationId) {
        return new EventBody(eventId, user, item, null, type, null, null, recommendationId);
    }

    /** The impressions of a whole slate. */
    public static EventBody impressions(
            String eventId, String user, List<String> items, @Nullable String recommendationId) {
        return new EventBody(eventId, user, null, items, "impression", null, null, recommendationId);
    }
}
