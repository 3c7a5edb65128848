package dev.millrace.audience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.audience.world.WorldConfig;
import dev.millrace.client.ClientConfig;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

class AudienceTest {
    private static final AudienceConfig CONFIG = new AudienceConfig(
            new WorldConfig(5, 200, 150, 20, 6),
            Duration.ofSeconds(2),
            1500,
            6,
            5,
            Duration.ofMillis(20),
            Duration.ofMillis(200),
            null);

    @Test
    void audience_shortRun_measuresEveryArmAndFreshness() throws Exception {
        TinyRecommender recommender = new TinyRecommender(5);
        AudienceReport report = run(recommender);
        assertTrue(report.requests() > 200, "only " + report.requests() + " requests");
        assertEquals(0, report.errors());
        assertEquals("tiny", report.modelVersion());
        assertNotNull(report.clickRate().random());
        assertNotNull(report.clickRate().popularity());
        assertNotNull(report.clickRate().model());
        assertNotNull(report.clickRate().oracle());
        assertNotNull(report.freshnessMillis().p99());
        assertNotNull(report.latencyMillis().p99());
        assertNotNull(report.firstAnswerMillis());
        assertTrue(report.freshnessProbes() > 0);
    }

    @Test
    void oracle_people_leaveNoTraceButTheSums() throws Exception {
        TinyRecommender recommender = new TinyRecommender(5);
        AudienceReport report = run(recommender);
        assertEquals(Map.of("oracle", report.window().oracle()), recommender.references());
        for (int person = 0; person < 150; person++) {
            if (Arm.of(5, person) == Arm.ORACLE) {
                assertFalse(recommender.knows("user-" + person));
            }
        }
    }

    @Test
    void report_json_hasThePromisedFieldsFirst() throws Exception {
        AudienceReport report = run(new TinyRecommender(5));
        JsonNode json = new ObjectMapper().readTree(report.toJson());
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        assertEquals(
                List.of(
                        "requests",
                        "errors",
                        "degraded",
                        "latencyMillis",
                        "clickRate",
                        "modelVersion",
                        "freshnessMillis"),
                names.subList(0, 7));
        assertTrue(json.at("/latencyMillis/p50").isNumber());
        assertTrue(json.at("/freshnessMillis/p99").isNumber());
        for (String arm : List.of("random", "popularity", "model", "oracle")) {
            assertTrue(json.at("/clickRate/" + arm).isNumber(), json.toString());
        }
        assertTrue(json.get("modelVersion").isTextual());
    }

    @Test
    void audience_serverThatFails_countsErrorsAndGoesOn() throws Exception {
        PublicApi failing = new FailingApi(new TinyRecommender(5));
        AudienceReport report = run(failing);
        assertTrue(report.errors() > 10, "only " + report.errors() + " errors");
        assertNull(report.clickRate().model());
        assertNotNull(report.clickRate().oracle());
    }

    @Test
    void audience_thatIsRefused_countsNoErrors() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/recommend", exchange -> answer(exchange, 429, "{}"));
        server.createContext(
                "/v1/",
                exchange -> answer(
                        exchange,
                        200,
                        "{\"accepted\":1,\"duplicates\":0,\"rejectedCount\":0,\"rejected\":[],\"offset\":1}"));
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (ClientApi api = new ClientApi(ClientConfig.of(uri, "key"))) {
            AudienceReport report = run(api);
            assertTrue(report.refused() > 10, "only " + report.refused() + " refused");
            assertEquals(0, report.errors());
        } finally {
            server.stop(0);
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Test
    void arms_manyPeople_areAssignedBySharesAndStay() {
        Map<Arm, Integer> counts = new EnumMap<>(Arm.class);
        for (int person = 0; person < 100_000; person++) {
            counts.merge(Arm.of(9, person), 1, Integer::sum);
            assertEquals(Arm.of(9, person), Arm.of(9, person));
        }
        assertEquals(55_000, counts.getOrDefault(Arm.MODEL, 0), 800);
        assertEquals(20_000, counts.getOrDefault(Arm.POPULARITY, 0), 600);
        assertEquals(15_000, counts.getOrDefault(Arm.RANDOM, 0), 600);
        assertEquals(10_000, counts.getOrDefault(Arm.ORACLE, 0), 500);
    }

    private static AudienceReport run(PublicApi api) throws InterruptedException {
        Audience audience = new Audience(CONFIG, api);
        audience.open();
        audience.await();
        audience.close();
        return audience.report();
    }

    /** Takes items and events, and answers no question. */
    private record FailingApi(TinyRecommender inner) implements PublicApi {
        @Override
        public RecommendResponse recommend(RecommendRequest request) {
            throw new IllegalStateException("no answer for " + request.user());
        }

        @Override
        public void events(List<dev.millrace.wire.ingest.EventBody> events) {
            inner.events(events);
        }

        @Override
        public void items(List<dev.millrace.wire.catalog.ItemBody> items) {
            inner.items(items);
        }

        @Override
        public void reference(dev.millrace.wire.operate.ReferencePoint point) {
            inner.reference(point);
        }
    }
}
