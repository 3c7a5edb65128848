package dev.millrace.wire.recommend;

import dev.millrace.wire.Given;
import dev.millrace.wire.recommend.RecommendResponse.DegradedStage;
import dev.millrace.wire.recommend.RecommendResponse.RankedItem;
import dev.millrace.wire.recommend.RecommendResponse.StageTrace;

import java.util.List;

/** The items most like the given one, best first. */
public record SimilarResponse(
        String item,
        String model,
        List<RankedItem> items,
        List<StageTrace> stages,
        List<DegradedStage> degraded,
        long tookMicros) {
    public SimilarResponse {
        items = Given.list("items", items);
        stages = Given.list("stages", stages);
        degraded = Given.list("degraded", degraded);
    }
}
