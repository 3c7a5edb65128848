package dev.millrace.wire.recommend;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.wire.Given;
import dev.millrace.wire.Problem;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** The answers of a batch, in the order of its requests. */
public record BatchRecommendResponse(List<Outcome> responses) {
    public BatchRecommendResponse {
        responses = Given.list("responses", responses);
    }

    /** One request's answer, or what was wrong with it: exactly one of the two is there. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Outcome(
            @Nullable RecommendResponse response, @Nullable Problem problem) {}
}
