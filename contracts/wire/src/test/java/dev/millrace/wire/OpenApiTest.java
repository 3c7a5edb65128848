package dev.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.model.ActionType;
import dev.millrace.model.ErrorCode;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.catalog.ItemPage;
import dev.millrace.wire.catalog.ItemReference;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.catalog.UserErasure;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.catalog.UserPage;
import dev.millrace.wire.catalog.UserReference;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;
import dev.millrace.wire.operate.Health;
import dev.millrace.wire.operate.ModelCurve;
import dev.millrace.wire.operate.ModelDifference;
import dev.millrace.wire.operate.ModelList;
import dev.millrace.wire.operate.ModelVerification;
import dev.millrace.wire.operate.PipelineList;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.operate.Stats;
import dev.millrace.wire.operate.StatsSeries;
import dev.millrace.wire.operate.TrainingStatus;
import dev.millrace.wire.recommend.BatchRecommendRequest;
import dev.millrace.wire.recommend.BatchRecommendResponse;
import dev.millrace.wire.recommend.Explanation;
import dev.millrace.wire.recommend.NextPageRequest;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RerankRequest;
import dev.millrace.wire.recommend.SimilarRequest;
import dev.millrace.wire.recommend.SimilarResponse;
import org.junit.jupiter.api.Test;

import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** The description says of each record what the record is, and its examples are read. */
final class OpenApiTest {
    private static final Map<String, Class<? extends Record>> RECORDS = records(List.of(
            RecommendRequest.class,
            RecommendRequest.Boost.class,
            RecommendResponse.class,
            RecommendResponse.RankedItem.class,
            RecommendResponse.StageTrace.class,
            RecommendResponse.DegradedStage.class,
            BatchRecommendRequest.class,
            BatchRecommendResponse.class,
            BatchRecommendResponse.Outcome.class,
            NextPageRequest.class,
            SimilarRequest.class,
            SimilarResponse.class,
            RerankRequest.class,
            Explanation.class,
            EventBody.class,
            IngestResult.class,
            IngestResult.Reject.class,
            ItemBody.class,
            ItemReference.class,
            ItemPage.class,
            UserBody.class,
            UserReference.class,
            UserPage.class,
            UserErasure.class,
            UserHistory.class,
            Stats.class,
            Stats.Log.class,
            Stats.Totals.class,
            Stats.StoreDamage.class,
            Health.class,
            StatsSeries.class,
            StatsSeries.Bucket.class,
            StatsSeries.Clicks.class,
            ReferencePoint.class,
            ModelList.class,
            ModelList.Model.class,
            ModelDifference.class,
            ModelDifference.Change.class,
            ModelVerification.class,
            ModelCurve.class,
            ModelCurve.Point.class,
            TrainingStatus.class,
            PipelineList.class,
            PipelineList.Pipeline.class,
            Problem.class));

    private final JsonNode description = StrictJson.tree(OpenApi.json().getBytes(StandardCharsets.UTF_8));

    @Test
    void schemas_haveTheComponentsOfTheirRecords() {
        RECORDS.forEach((name, type) -> {
            List<String> components = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getName)
                    .toList();
            assertEquals(components, names(schema(name).path("properties")), name);
        });
        assertEquals(
                names(schema("HistoryEntry").path("properties")),
                List.of("item", "title", "topics", "type", "timestamp"));
    }

    @Test
    void everySchema_isARecordOrNamedHere() {
        TreeSet<String> schemas =
                new TreeSet<>(names(description.path("components").path("schemas")));
        schemas.removeAll(RECORDS.keySet());
        assertEquals(new TreeSet<>(List.of("AttributeValue", "Filter", "HistoryEntry")), schemas);
    }

    @Test
    void everyReference_leadsSomewhere() {
        List<JsonNode> references = description.findValues("$ref");
        assertFalse(references.isEmpty());
        for (JsonNode reference : references) {
            assertFalse(description.at(reference.asText().substring(1)).isMissingNode(), reference.asText());
        }
    }

    @Test
    void everyExampleOfABody_isRead() {
        int read = 0;
        for (var path : description.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                read += readExamples(operation.getKey() + " " + path.getKey(), operation.getValue());
            }
        }
        assertTrue(read >= 15, "only " + read + " examples");
    }

    @Test
    void enumerations_areWhole() {
        List<String> types = new ArrayList<>();
        schema("EventBody").path("properties").path("type").path("enum").forEach(type -> types.add(type.asText()));
        assertEquals(
                Arrays.stream(ActionType.values())
                        .map(type -> type.name().toLowerCase(Locale.ROOT))
                        .sorted()
                        .toList(),
                types);
        List<String> codes = new ArrayList<>();
        schema("Problem").path("properties").path("code").path("enum").forEach(code -> codes.add(code.asText()));
        assertEquals(Arrays.stream(ErrorCode.values()).map(Enum::name).toList(), codes);
    }

    private int readExamples(String operation, JsonNode described) {
        int read = 0;
        for (var content : described.path("requestBody").path("content").properties()) {
            JsonNode schema = content.getValue().path("schema");
            for (JsonNode example : content.getValue().path("examples")) {
                JsonNode value = example.path("value");
                boolean patch = operation.startsWith("patch");
                if (content.getKey().equals("application/json") && !patch) {
                    readOne(operation, schema, value);
                    read++;
                }
            }
        }
        return read;
    }

    private static void readOne(String operation, JsonNode schema, JsonNode value) {
        JsonNode one = schema.has("oneOf") ? schema.path("oneOf").path(0) : schema;
        String name = one.path("$ref").asText().replaceAll(".*/", "");
        Class<? extends Record> type = RECORDS.get(name);
        assertTrue(type != null, operation + " takes " + name);
        if (value.isArray()) {
            value.forEach(entry -> StrictJson.read(entry, type));
        } else {
            StrictJson.read(value, type);
        }
    }

    private JsonNode schema(String name) {
        return description.path("components").path("schemas").path(name);
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Map<String, Class<? extends Record>> records(List<Class<? extends Record>> types) {
        Map<String, Class<? extends Record>> records = new LinkedHashMap<>();
        types.forEach(type -> records.put(type.getSimpleName(), type));
        return records;
    }
}
