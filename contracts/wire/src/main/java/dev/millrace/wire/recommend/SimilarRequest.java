package dev.millrace.wire.recommend;

import dev.millrace.model.Filter;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /v1/similar}: items like a given one. */
public record SimilarRequest(
        String item, Integer count, @Nullable Filter filter) {
    public SimilarRequest {
        item = Given.required("item", item);
        count = Given.or(count, 10);
    }
}
