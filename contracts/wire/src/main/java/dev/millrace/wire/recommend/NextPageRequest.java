package dev.millrace.wire.recommend;

import dev.millrace.wire.Given;

/**
 * The body of {@code POST /v1/recommend/next}.
 *
 * @param cursor the {@code next} of an earlier answer
 * @param count how many items; 10 by default
 */
public record NextPageRequest(String cursor, Integer count) {
    public NextPageRequest {
        cursor = Given.required("cursor", cursor);
        count = Given.or(count, 10);
    }
}
