package dev.millrace.wire.recommend;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * An answer: the items in order, what made them, and where the time went.
 *
 * @param recommendationId the name of this answer, which events echo
 * @param arm the scenario's pipeline or an experiment's arm
 * @param model the version of the model that scored it; empty where none did
 * @param degraded what failed or was late; empty for a whole answer
 * @param next the cursor of the next page; null where there is none
 */
public record RecommendResponse(
        String recommendationId,
        String user,
        String scenario,
        String arm,
        String model,
        List<RankedItem> items,
        List<StageTrace> stages,
        List<DegradedStage> degraded,
        @Nullable String next,
        long tookMicros) {
    public RecommendResponse {
        items = Given.list("items", items);
        stages = Given.list("stages", stages);
        degraded = Given.list("degraded", degraded);
    }

    /**
     * One item of an answer.
     *
     * @param rank the position, from 1
     * @param title what people read; absent where the item has none
     * @param parts what adds up to the score, by name; only where asked to explain
     * @param probabilities what a live ranker foretells of each action, by the action's name; only where asked to explain
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record RankedItem(
            String item,
            int rank,
            float score,
            float propensity,
            List<String> sources,
            String reason,
            @Nullable String title,
            @Nullable Map<String, Float> parts,
            @Nullable Map<String, Float> probabilities) {
        public RankedItem {
            sources = Given.list("sources", sources);
        }
    }

    /** What one stage took and how it ended: {@code ok}, {@code partial}, {@code failed}, {@code late}, {@code skipped}. */
    public record StageTrace(String stage, long micros, String outcome) {}

    /** A part of the answer that is missing, and why. */
    public record DegradedStage(String stage, String reason) {}
}
