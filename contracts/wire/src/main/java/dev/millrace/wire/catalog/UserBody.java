package dev.millrace.wire.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.model.AttributeValue;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/** A user as it is written and read; the id may be absent where the path names it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UserBody(@Nullable String id, Map<String, AttributeValue> attributes) {
    public UserBody {
        attributes = Given.map("attributes", attributes);
    }
}
