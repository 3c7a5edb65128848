package dev.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.recommend.RecommendRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** What is read is exactly what was meant, and what is not is named. */
final class StrictJsonTest {
    @Test
    void request_withEverything_isReadAndWrittenAlike() throws Exception {
        String json = """
                {"user":"u","scenario":"home","count":3,"context":{"device":"phone"},
                 "filter":{"all":[{"topic":"A"},{"any":[{"attribute":"year","min":1990},{"attribute":"year","max":1980}]},
                   {"not":{"attribute":"lang","in":["de",3,true]}},{"attribute":"lang","equals":"en"},{}]},
                 "boost":[{"filter":{"topic":"B"},"factor":1.5}],"exclude":["x"],"dryRun":true,"explain":true,
                 "deadlineMillis":20}""";
        RecommendRequest request = read(json, RecommendRequest.class);
        assertEquals(request, read(WireJson.strict().writeValueAsString(request), RecommendRequest.class));
        assertTrue(request.filter() instanceof Filter.And(List<Filter> parts) && parts.size() == 5);
    }

    @Test
    void request_withTheUserAlone_takesDefaults() {
        assertEquals(RecommendRequest.of("u"), read("{\"user\":\"u\"}", RecommendRequest.class));
        assertEquals(
                RecommendRequest.of("u"),
                read("{\"user\":\"u\",\"count\":null,\"filter\":null,\"exclude\":null}", RecommendRequest.class));
    }

    @Test
    void attributes_keepTheirKinds() throws Exception {
        ItemBody item = read(
                "{\"id\":\"i\",\"attributes\":{\"a\":\"t\",\"b\":2,\"c\":2.5,\"d\":false,\"e\":[\"x\",\"y\"]}}",
                ItemBody.class);
        assertEquals(new AttributeValue.Numeric(2), item.attributes().get("b"));
        assertEquals(
                new AttributeValue.Texts(List.of("x", "y")), item.attributes().get("e"));
        String written = WireJson.strict().writeValueAsString(item);
        assertTrue(written.contains("\"b\":2,\"c\":2.5,\"d\":false,\"e\":[\"x\",\"y\"]"), written);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"2026-01-31T12:00:00Z\"', 2026-01-31T12:00:00Z",
        "'\"2026-01-31T13:00:00+01:00\"', 2026-01-31T12:00:00Z",
        "1769860800000, 2026-01-31T12:00:00Z",
        "0, 1970-01-01T00:00:00Z"
    })
    void timestamp_asTextOrMillis_isTheSameInstant(String given, Instant expected) {
        EventBody event = read(
                "{\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"type\":\"click\",\"timestamp\":" + given + "}",
                EventBody.class);
        assertEquals(expected, event.timestamp());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | ``",
                "null | ``",
                "[] | ``",
                "{\"user\":\"u\"} {} | ``",
                "{\"user\":\"u\",\"user\":\"v\"} | ``",
                "{\"user\":true} | user",
                "{\"user\":\"u\",\"count\":99999999999} | count",
                "{\"user\":\"u\",\"context\":{\"a\":null}} | context.a",
                "{\"user\":\"u\",\"context\":{\"a\":[]}} | context.a",
                "{\"user\":\"u\",\"exclude\":[null]} | exclude[0]",
                "{\"user\":\"u\",\"exclude\":\"x\"} | exclude",
                "{\"user\":\"u\",\"filter\":[]} | filter",
                "{\"user\":\"u\",\"filter\":{\"any\":[]}} | filter.any",
                "{\"user\":\"u\",\"filter\":{\"not\":{\"topic\":\"\"}}} | filter.not.topic",
                "{\"user\":\"u\",\"filter\":{\"attribute\":\"a\",\"min\":\"1\"}} | filter.min",
                "{\"user\":\"u\",\"filter\":{\"attribute\":\"a\",\"min\":1,\"equals\":2}} | filter",
                "{\"user\":\"u\",\"boost\":[{\"factor\":2}]} | boost[0].filter"
            })
    void wrongBody_isNamedByItsPath(String json, String field) {
        InvalidValueException e =
                assertThrows(InvalidValueException.class, () -> read(json == null ? "" : json, RecommendRequest.class));
        assertEquals(field == null ? "" : field, e.field(), e.getMessage());
        assertTrue(Given.problem(e).contains("; "), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | the body has the wrong type; give an object",
                "5 | the body has the wrong type; give an object",
                "null | the body is null; give a JSON object",
                "{\"user\":[]} | user has the wrong type; give a text",
                "{\"user\":\"u\"} {\"user\":\"v\"} | the body holds more than one JSON document; send one, or, where the route"
                        + " takes many, one per line with the content type application/x-ndjson",
                "{\"user\":\"u\" | the body is not JSON at line 1, column 12: Unexpected end-of-input: expected close marker"
                        + " for Object (start marker at line: 1, column: 1); correct it"
            })
    void wrongBody_isToldInASentence(String json, String sentence) {
        InvalidValueException e = assertThrows(InvalidValueException.class, () -> read(json, RecommendRequest.class));
        assertEquals(sentence, String.valueOf(e.getMessage()).strip());
    }

    @Test
    void severalDocuments_readAsATree_pointToLines() {
        InvalidValueException e = assertThrows(
                InvalidValueException.class, () -> StrictJson.tree("{}\n{}".getBytes(StandardCharsets.UTF_8)));
        assertTrue(String.valueOf(e.getMessage()).contains("application/x-ndjson"), e.getMessage());
    }

    @Test
    void brokenLimits_areToldWithoutTheParser() {
        assertLimit("is nested deeper than 64 levels", "{\"filter\":" + "{\"not\":".repeat(70));
        assertLimit("holds a field name of more than 1024 characters", "{\"" + "n".repeat(2000) + "\":1}");
        assertLimit("holds a number of more than 64 characters", "{\"count\":" + "1".repeat(100) + "}");
        assertLimit("holds a text of more than 1048576 characters", "{\"user\":\"" + "u".repeat(1_048_600) + "\"}");
    }

    @Test
    void nestingTooDeep_inATree_isToldWithoutTheParser() {
        InvalidValueException e = assertThrows(
                InvalidValueException.class,
                () -> StrictJson.tree("[".repeat(70).getBytes(StandardCharsets.UTF_8)));
        assertEquals("the body is nested deeper than 64 levels; make it flatter", Given.problem(e));
    }

    private static void assertLimit(String part, String json) {
        InvalidValueException e = assertThrows(InvalidValueException.class, () -> read(json, RecommendRequest.class));
        String message = String.valueOf(e.getMessage()).strip();
        assertTrue(message.contains(part), message);
        assertTrue(message.contains("; "), message);
        assertFalse(message.contains("StreamReadConstraints"), message);
    }

    @Test
    void deepAndLargeBodies_areRefused() {
        assertThrows(
                InvalidValueException.class,
                () -> StrictJson.tree("[".repeat(100_000).getBytes(StandardCharsets.UTF_8)));
        String many = "{\"topic\":\"a\"},".repeat(300);
        assertThrows(
                InvalidValueException.class,
                () -> read("{\"user\":\"u\",\"filter\":{\"all\":[" + many + "{}]}}", RecommendRequest.class));
    }

    @Test
    void garbage_neverThrowsAnythingElse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String whole =
                "{\"user\":\"u\",\"count\":3,\"filter\":{\"all\":[{\"topic\":\"A\"}]},\"boost\":[{\"filter\":{},\"factor\":1}]}";
        for (int round = 0; round < 20_000; round++) {
            byte[] body = whole.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i <= random.nextInt(5); i++) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            try {
                StrictJson.read(body, RecommendRequest.class);
            } catch (InvalidValueException expected) {
                assertTrue(String.valueOf(expected.getMessage()).length() > 3);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
    }

    @Test
    void lenientReader_passesOverWhatItDoesNotKnow() throws Exception {
        assertEquals(
                RecommendRequest.of("u"),
                WireJson.lenient().readValue("{\"user\":\"u\",\"later\":1}", RecommendRequest.class));
    }

    private static <T> T read(String json, Class<T> type) {
        return StrictJson.read(json.getBytes(StandardCharsets.UTF_8), type);
    }
}
