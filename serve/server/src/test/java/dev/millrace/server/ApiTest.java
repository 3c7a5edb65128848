package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Every verb of the API against one started server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ApiTest {
    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        server = RunningServer.start(data);
        server.addItems(100);
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            events.append("{\"eventId\":\"seed-%d\",\"user\":\"u%d\",\"item\":\"i%d\",\"type\":\"click\"}%n"
                    .formatted(i, i % 20, (i * 7) % 100));
        }
        RunningServer.ok(server.postLines("/v1/events", events.toString()));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void recommend_knownUser_givesWholeExplainedSlate() throws Exception {
        JsonNode slate =
                RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"u1\",\"count\":5,\"explain\":true}"));
        assertEquals(
                List.of(
                        "recommendationId",
                        "user",
                        "scenario",
                        "arm",
                        "model",
                        "items",
                        "stages",
                        "degraded",
                        "next",
                        "tookMicros"),
                names(slate));
        assertEquals(5, slate.path("items").size());
        JsonNode first = slate.path("items").path(0);
        assertEquals(
                List.of("item", "rank", "score", "propensity", "sources", "reason", "title", "parts"), names(first));
        assertEquals(1, first.path("rank").asInt());
        assertTrue(first.path("propensity").asDouble() > 0
                && first.path("propensity").asDouble() <= 1);
        assertFalse(first.path("parts").isEmpty());
        assertEquals("u1", slate.path("user").asText());
        assertEquals("home", slate.path("scenario").asText());
        assertTrue(slate.path("stages").size() > 3);
    }

    @Test
    void recommend_everyScenario_answers() throws Exception {
        for (JsonNode pipeline : RunningServer.ok(server.get("/v1/pipelines")).path("pipelines")) {
            String scenario = pipeline.path("scenario").asText();
            assertFalse(pipeline.path("description").asText().isBlank());
            JsonNode slate = RunningServer.ok(
                    server.post("/v1/recommend", "{\"user\":\"u2\",\"scenario\":\"" + scenario + "\"}"));
            assertEquals(10, slate.path("items").size(), scenario);
        }
    }

    @Test
    void recommend_unknownUser_givesWholeSlate() throws Exception {
        JsonNode slate = RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"never seen\"}"));
        assertEquals(10, slate.path("items").size());
    }

    @Test
    void recommend_filterAndExclude_areKept() throws Exception {
        JsonNode slate = RunningServer.ok(server.post("/v1/recommend", """
                {"user":"u3","count":10,"filter":{"all":[{"topic":"Drama"},{"attribute":"year","min":1985}]},
                 "exclude":["i5","i10"]}"""));
        assertFalse(slate.path("items").isEmpty());
        for (JsonNode item : slate.path("items")) {
            int number = Integer.parseInt(item.path("item").asText().substring(1));
            assertEquals(0, number % 5, "Drama");
            assertTrue(1980 + number % 40 >= 1985, "year");
            assertTrue(number != 5 && number != 10, "excluded");
        }
    }

    @Test
    void nextPage_ofAnAnswer_repeatsNothing() throws Exception {
        JsonNode first = RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"u4\",\"count\":10}"));
        JsonNode second = RunningServer.ok(server.post(
                "/v1/recommend/next", "{\"cursor\":\"" + first.path("next").asText() + "\",\"count\":10}"));
        assertEquals("u4", second.path("user").asText());
        assertEquals("home", second.path("scenario").asText());
        List<String> both = items(first);
        both.addAll(items(second));
        assertEquals(20, both.stream().distinct().count());
    }

    @Test
    void nextPage_unknownCursor_isNotFound() throws Exception {
        assertEquals(
                404,
                server.post("/v1/recommend/next", "{\"cursor\":\"nonsense\"}").statusCode());
    }

    @Test
    void batch_oneBadRequestAmongGood_isToldInItsPlace() throws Exception {
        JsonNode batch = RunningServer.ok(
                server.post(
                        "/v1/recommend/batch",
                        "{\"requests\":[{\"user\":\"u1\"},{\"user\":\"u1\",\"scenario\":\"nonsense\"},{\"user\":\"u2\",\"count\":3}]}"));
        JsonNode responses = batch.path("responses");
        assertEquals(3, responses.size());
        assertEquals(10, responses.path(0).path("response").path("items").size());
        assertEquals(400, responses.path(1).path("problem").path("status").asInt());
        assertEquals(
                "INVALID_REQUEST",
                responses.path(1).path("problem").path("code").asText());
        assertEquals(3, responses.path(2).path("response").path("items").size());
    }

    @Test
    void similar_knownItem_givesOthers() throws Exception {
        JsonNode similar = RunningServer.ok(server.post("/v1/similar", "{\"item\":\"i7\",\"count\":5}"));
        assertEquals(5, similar.path("items").size());
        assertFalse(items(similar).contains("i7"));
    }

    @Test
    void similar_unknownItem_isNotFound() throws Exception {
        HttpResponse<String> response = server.post("/v1/similar", "{\"item\":\"nope\"}");
        assertEquals(404, response.statusCode());
        assertEquals("NOT_FOUND", RunningServer.json(response).path("code").asText());
    }

    @Test
    void rerank_givenItems_ordersExactlyThose() throws Exception {
        JsonNode slate = RunningServer.ok(
                server.post("/v1/rerank", "{\"user\":\"u1\",\"items\":[\"i1\",\"i2\",\"i3\",\"i4\"]}"));
        assertEquals(
                List.of("i1", "i2", "i3", "i4"), items(slate).stream().sorted().toList());
    }

    @Test
    void explain_recentAnswer_givesItsPartsAndPipeline() throws Exception {
        JsonNode slate = RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"u5\"}"));
        JsonNode why = RunningServer.ok(
                server.get("/v1/explain/" + slate.path("recommendationId").asText()));
        assertEquals(items(slate), items(why.path("answer")));
        assertFalse(why.path("answer").path("items").path(0).path("parts").isEmpty());
        assertFalse(why.path("pipeline").asText().isBlank());
        assertEquals(404, server.get("/v1/explain/unknown").statusCode());
        JsonNode ranked = RunningServer.ok(server.post("/v1/rerank", "{\"user\":\"u1\",\"items\":[\"i1\",\"i2\"]}"));
        JsonNode whyRanked = RunningServer.ok(
                server.get("/v1/explain/" + ranked.path("recommendationId").asText()));
        assertEquals(items(ranked), items(whyRanked.path("answer")));
        assertTrue(whyRanked.path("pipeline").asText().contains("pipeline rerank"));
    }

    @Test
    void dryRun_leavesNoEvent() throws Exception {
        // The log keeps the order of its appends: a slate of the dry run would stand between the two events.
        String event = "{\"eventId\":\"dry-%d\",\"user\":\"u6\",\"item\":\"i1\",\"type\":\"click\"}";
        long before = RunningServer.ok(server.post("/v1/events", event.formatted(1)))
                .path("offset")
                .asLong();
        RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"u6\",\"dryRun\":true}"));
        long after = RunningServer.ok(server.post("/v1/events", event.formatted(2)))
                .path("offset")
                .asLong();
        assertEquals(before + 1, after);
        RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"u6\"}"));
        long logged = RunningServer.ok(server.post("/v1/events", event.formatted(3)))
                .path("offset")
                .asLong();
        assertEquals(after + 2, logged, "a real answer is logged");
    }

    @Test
    void items_writtenPatchedDeleted_areReadBackAtOnce() throws Exception {
        JsonNode put = RunningServer.ok(server.send(
                "PUT",
                "/v1/items/new-1",
                "{\"title\":\"New\",\"topics\":[\"Drama\"],\"attributes\":{\"lang\":\"en\",\"year\":2001}}"));
        assertEquals(List.of("id", "title", "topics", "attributes", "created", "available"), names(put));
        JsonNode patched = RunningServer.ok(server.send(
                "PATCH", "/v1/items/new-1", "{\"title\":\"Newer\",\"attributes\":{\"lang\":null,\"rated\":true}}"));
        assertEquals("Newer", patched.path("title").asText());
        assertEquals("{\"year\":2001,\"rated\":true}", sorted(patched.path("attributes"), "year", "rated"));
        assertEquals(put.path("created"), patched.path("created"));
        assertEquals(patched, RunningServer.ok(server.get("/v1/items/new-1")));
        assertEquals(204, server.send("DELETE", "/v1/items/new-1", "").statusCode());
        assertEquals(404, server.get("/v1/items/new-1").statusCode());
        assertEquals(204, server.send("DELETE", "/v1/items/new-1", "").statusCode());
    }

    @Test
    void items_listed_arePagedAndSearched() throws Exception {
        JsonNode page = RunningServer.ok(server.get("/v1/items?offset=10&limit=5"));
        assertEquals(5, page.path("items").size());
        assertEquals("i10", page.path("items").path(0).path("id").asText());
        JsonNode found = RunningServer.ok(server.get("/v1/items?query=Item%2099"));
        assertEquals(1, found.path("total").asInt());
        assertEquals(400, server.get("/v1/items?limit=0").statusCode());
        assertEquals(
                "ofset",
                RunningServer.json(server.get("/v1/items?ofset=1"))
                        .path("field")
                        .asText());
    }

    @Test
    void users_writtenAndDeleted_areReadBackAtOnce() throws Exception {
        RunningServer.ok(server.send("PUT", "/v1/users/anna", "{\"attributes\":{\"country\":\"DE\"}}"));
        assertEquals(
                "DE",
                RunningServer.ok(server.get("/v1/users/anna"))
                        .path("attributes")
                        .path("country")
                        .asText());
        RunningServer.ok(server.send("PATCH", "/v1/users/anna", "{\"attributes\":{\"age\":34}}"));
        JsonNode both = RunningServer.ok(server.get("/v1/users/anna")).path("attributes");
        assertEquals("DE", both.path("country").asText());
        assertEquals(34, both.path("age").asInt());
        RunningServer.ok(server.send("DELETE", "/v1/users/anna", ""));
        assertEquals(404, server.get("/v1/users/anna").statusCode());
        assertEquals(404, server.get("/v1/users/anna/history").statusCode());
        assertTrue(
                RunningServer.ok(server.get("/v1/users?limit=3")).path("total").asInt() >= 20);
    }

    @Test
    void history_afterClicks_isNewestFirst() throws Exception {
        server.post("/v1/events", "{\"eventId\":\"h1\",\"user\":\"hans\",\"item\":\"i1\",\"type\":\"click\"}");
        server.post("/v1/events", "{\"eventId\":\"h2\",\"user\":\"hans\",\"item\":\"i2\",\"type\":\"like\"}");
        JsonNode entries = Await.until(
                () -> RunningServer.json(server.get("/v1/users/hans/history")).path("entries"),
                found -> found.size() == 2);
        assertEquals("i2", entries.path(0).path("item").asText());
        assertEquals("like", entries.path(0).path("type").asText());
        assertEquals("Item 2", entries.path(0).path("title").asText());
        assertEquals("i1", entries.path(1).path("item").asText());
    }

    @Test
    void events_repeated_areDuplicates() throws Exception {
        String event = "{\"eventId\":\"once\",\"user\":\"u7\",\"item\":\"i1\",\"type\":\"click\"}";
        JsonNode first = RunningServer.ok(server.post("/v1/events", event));
        assertEquals(List.of("accepted", "duplicates", "rejectedCount", "rejected", "offset"), names(first));
        assertEquals(1, first.path("accepted").asInt());
        JsonNode second = RunningServer.ok(server.post("/v1/events", event));
        assertEquals(0, second.path("accepted").asInt());
        assertEquals(1, second.path("duplicates").asInt());
        assertTrue(second.path("offset").isNull(), second::toString);
    }

    @Test
    void metrics_sayWhatTheyAre() throws Exception {
        List<String> help = server.send(server.authorized("/metrics").GET())
                .body()
                .lines()
                .filter(line -> line.startsWith("# HELP "))
                .toList();
        assertTrue(help.size() > 30, help::toString);
        assertEquals(
                List.of(),
                help.stream().filter(line -> line.split(" ").length < 5).toList());
    }

    @Test
    void events_impressionsOfSeveralItems_becomeOneEventEach() throws Exception {
        JsonNode result = RunningServer.ok(server.post(
                "/v1/events",
                "{\"eventId\":\"seen\",\"user\":\"u8\",\"items\":[\"i1\",\"i2\",\"i3\"],\"type\":\"impression\"}"));
        assertEquals(3, result.path("accepted").asInt());
    }

    @Test
    void events_arrayWithBadEntries_storesTheGoodAndNamesTheBad() throws Exception {
        JsonNode result = RunningServer.ok(server.post("/v1/events", """
                [{"eventId":"a1","user":"u9","item":"i1","type":"click"},
                 {"eventId":"a2","user":"u9","item":"i1","type":"klick"},
                 {"eventId":"a3","user":"u9","item":"i1","type":"click","colour":"red"},
                 {"eventId":"a4","user":"u9","item":"i2","type":"like","timestamp":"2026-01-31T12:00:00Z"}]"""));
        assertEquals(2, result.path("accepted").asInt());
        assertEquals(2, result.path("rejected").size());
        assertEquals(2, result.path("rejected").path(0).path("line").asInt());
        assertEquals("type", result.path("rejected").path(0).path("field").asText());
        assertEquals("colour", result.path("rejected").path(1).path("field").asText());
    }

    @Test
    void events_linesWithBadLines_storeTheGoodAndNameTheBad() throws Exception {
        String longLine = "{\"eventId\":\"" + "x".repeat(100_000) + "\"}";
        JsonNode result = RunningServer.ok(server.postLines(
                "/v1/events",
                "{\"eventId\":\"n1\",\"user\":\"u9\",\"item\":\"i1\",\"type\":\"click\"}\n\nnot json\n" + longLine
                        + "\n{\"eventId\":\"n2\",\"user\":\"u9\",\"item\":\"i1\",\"type\":\"click\"}"));
        assertEquals(2, result.path("accepted").asInt());
        assertEquals(2, result.path("rejectedCount").asInt());
        assertEquals(3, result.path("rejected").path(0).path("line").asInt());
        assertEquals(4, result.path("rejected").path(1).path("line").asInt());
    }

    @Test
    void event_changesTheNextAnswer() throws Exception {
        JsonNode before = RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"fresh\",\"dryRun\":true}"));
        String liked = before.path("items").path(0).path("item").asText();
        server.post(
                "/v1/events", "{\"eventId\":\"f1\",\"user\":\"fresh\",\"item\":\"" + liked + "\",\"type\":\"like\"}");
        List<String> after = Await.until(
                () -> items(RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"fresh\",\"dryRun\":true}"))),
                items -> !items.contains(liked));
        assertNotEquals(items(before), after);
    }

    @Test
    void newItem_isRecommendedWithinASecond() throws Exception {
        long began = System.nanoTime();
        RunningServer.ok(server.send("PUT", "/v1/items/brand-new", "{\"title\":\"Brand new\",\"topics\":[\"Sport\"]}"));
        Await.until(
                () -> items(RunningServer.ok(server.post(
                        "/v1/recommend", "{\"user\":\"u1\",\"dryRun\":true,\"filter\":{\"topic\":\"Sport\"}}"))),
                items -> items.contains("brand-new"));
        long millis = (System.nanoTime() - began) / 1_000_000;
        assertTrue(millis < 1000, "recommended after " + millis + " ms");
        server.send("DELETE", "/v1/items/brand-new", "");
    }

    @Test
    void stats_showWhatIsHeld() throws Exception {
        JsonNode stats = RunningServer.ok(server.get("/v1/stats"));
        assertEquals(
                List.of(
                        "version",
                        "state",
                        "items",
                        "users",
                        "events",
                        "log",
                        "liveModel",
                        "uptimeMillis",
                        "totals",
                        "storeDamage"),
                names(stats));
        assertEquals("ready", stats.path("state").asText());
        assertTrue(stats.path("items").asInt() >= 100);
        assertTrue(stats.path("liveModel").isNull());
        assertTrue(stats.path("totals").path("requests").asLong() > 0);
        JsonNode series = RunningServer.ok(server.get("/v1/stats/series?minutes=1"));
        assertEquals(5, series.path("bucketSeconds").asInt());
    }

    @Test
    void operatorRoutes_answer() throws Exception {
        assertEquals(
                204,
                server.post("/v1/references", "{\"name\":\"oracle\",\"impressions\":10,\"clicks\":3}")
                        .statusCode());
        assertTrue(RunningServer.ok(server.get("/v1/models")).path("models").isEmpty());
        assertEquals(
                "idle",
                RunningServer.ok(server.get("/v1/training")).path("state").asText());
        assertEquals(404, server.get("/v1/models/00000000000000000000/curve").statusCode());
        assertEquals(400, server.get("/v1/models/nonsense/curve").statusCode());
        assertTrue(server.get("/metrics").body().contains("millrace_log_end"));
        assertEquals(200, server.send(server.request("/health/live").GET()).statusCode());
        assertEquals(200, server.send(server.request("/health/ready").GET()).statusCode());
        assertEquals(200, server.send(server.request("/docs/").GET()).statusCode());
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> items(JsonNode slate) {
        List<String> items = new ArrayList<>();
        slate.path("items").forEach(item -> items.add(item.path("item").asText()));
        return items;
    }

    private static String sorted(JsonNode object, String... names) {
        StringBuilder text = new StringBuilder("{");
        for (String name : names) {
            text.append(text.length() > 1 ? "," : "")
                    .append('"')
                    .append(name)
                    .append("\":")
                    .append(object.path(name));
        }
        assertEquals(names.length, object.size());
        return text.append('}').toString();
    }
}
