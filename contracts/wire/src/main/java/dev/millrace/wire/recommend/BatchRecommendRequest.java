package dev.millrace.wire.recommend;

import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.Given;

import java.util.List;

/** The body of {@code POST /v1/recommend/batch}: up to 100 requests, each answered on its own. */
public record BatchRecommendRequest(List<RecommendRequest> requests) {
    public static final int MAX_REQUESTS = 100;

    public BatchRecommendRequest {
        requests = Given.list("requests", Given.required("requests", requests));
        if (requests.isEmpty() || requests.size() > MAX_REQUESTS) {
            throw new InvalidValueException(
                    "requests", "has " + requests.size() + " entries; give 1 to " + MAX_REQUESTS);
        }
    }
}
