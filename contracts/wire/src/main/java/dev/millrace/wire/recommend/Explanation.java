package dev.millrace.wire.recommend;

import dev.millrace.wire.Given;

import java.time.Instant;

/**
 * Why a served answer looked as it did.
 *
 * @param answer the answer as it was given, with the parts of each score
 * @param pipeline the stages that made it, as the pipeline describes itself
 */
public record Explanation(String recommendationId, Instant served, RecommendResponse answer, String pipeline) {
    public Explanation {
        answer = Given.required("answer", answer);
    }
}
