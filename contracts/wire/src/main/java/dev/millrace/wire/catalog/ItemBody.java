package dev.millrace.wire.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.model.AttributeValue;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An item as it is written and read.
 *
 * @param id may be absent where the path names it
 * @param created when it became available; the time of the first upload where absent
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ItemBody(
        @Nullable String id,
        String title,
        List<String> topics,
        Map<String, AttributeValue> attributes,
        @Nullable Instant created,
        Boolean available) {
    public ItemBody {
        title = Given.or(title, "");
        topics = Given.list("topics", topics);
        attributes = Given.map("attributes", attributes);
        available = Given.or(available, true);
    }

    public static ItemBody of(String id, String title, List<String> topics) {
        return new ItemBody(id, title, topics, Map.of(), null, true);
    }
}
