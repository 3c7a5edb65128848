package dev.millrace.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.wire.grpc.RankedItem;
import dev.millrace.wire.recommend.RecommendResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** The answers of REST as gRPC's messages. */
class RpcAnswersTest {
    @Test
    void item_explained_hasItsPartsAndWhatIsForetold() {
        RankedItem item = item(Map.of("model", 0.5f), Map.of("click", 0.03f, "complaint", 0.001f));
        assertEquals(Map.of("model", 0.5f), item.getPartsMap());
        assertEquals(Map.of("click", 0.03f, "complaint", 0.001f), item.getProbabilitiesMap());
    }

    @Test
    void item_notExplained_hasNeither() {
        RankedItem item = item(null, null);
        assertEquals(0, item.getPartsCount());
        assertEquals(0, item.getProbabilitiesCount());
    }

    private static RankedItem item(@Nullable Map<String, Float> parts, @Nullable Map<String, Float> probabilities) {
        RecommendResponse.RankedItem item =
                new RecommendResponse.RankedItem("a", 1, 0.5f, 1, List.of("topics"), "", null, parts, probabilities);
        return RpcAnswers.recommendation(new RecommendResponse(
                        "r", "u", "home", "home", "m", List.of(item), List.of(), List.of(), null, 1))
                .getItems(0);
    }
}
