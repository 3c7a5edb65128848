package dev.millrace.wire.recommend;

import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.Given;

import java.util.List;

/** The body of {@code POST /v1/rerank}: order this list for this user; up to 200 items. */
public record RerankRequest(String user, List<String> items, Boolean explain) {
    public static final int MAX_ITEMS = 200;

    public RerankRequest {
        user = Given.required("user", user);
        items = Given.list("items", Given.required("items", items));
        explain = Given.or(explain, false);
        if (items.isEmpty() || items.size() > MAX_ITEMS) {
            throw new InvalidValueException("items", "has " + items.size() + " entries; give 1 to " + MAX_ITEMS);
        }
    }
}
