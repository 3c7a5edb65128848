package dev.millrace.server.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.wire.WireJson;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** What callers read of a slate. */
class AnswersTest {
    @Test
    void probabilities_ofARanker_standBesideThePartsThatAddUp() throws Exception {
        JsonNode item = written(new Slate.Why(Map.of("model", 0.5f, "popularity", 0.25f), Map.of("click", 0.03f)));
        assertEquals(2, item.path("parts").size());
        assertEquals(
                0.75,
                item.path("parts").path("model").asDouble()
                        + item.path("parts").path("popularity").asDouble());
        assertEquals(1, item.path("probabilities").size());
        assertEquals(0.03, item.path("probabilities").path("click").asDouble(), 1e-6);
    }

    @Test
    void probabilities_withoutARanker_areLeftOut() throws Exception {
        JsonNode item = written(new Slate.Why(Map.of("model", 0.5f), Map.of()));
        assertEquals(1, item.path("parts").size());
        assertFalse(item.has("probabilities"));
        assertFalse(written(Slate.Why.UNTOLD).has("parts"), "it was not asked for");
    }

    private static JsonNode written(Slate.Why why) throws Exception {
        Slate.Entry entry = new Slate.Entry(new ItemId("a"), 0.75f, 1, List.of("topics"), "", why);
        Slate slate = new Slate(new RecommendationId("r"), "home", "m", List.of(entry), List.of(), List.of());
        Answers answers = new Answers(new FeatureState(FeaturesConfig.defaults()).catalog());
        String json = WireJson.lenient().writeValueAsString(answers.of("u", "home", slate, null, 1));
        return WireJson.lenient().readTree(json).path("items").path(0);
    }
}
