package dev.millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.wire.Problem;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.catalog.UserErasure;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** The client against a server that says what the test wants. */
final class MillraceClientTest {
    private static final String SLATE = """
            {"recommendationId":"r","user":"u","scenario":"home","arm":"home","model":"","items":[
              {"item":"i","rank":1,"score":0.5,"propensity":1.0,"sources":["trending"],"reason":"popular","later":1}],
             "stages":[],"degraded":[],"next":null,"tookMicros":7,"unknown":{}}""";

    private final Queue<Reply> replies = new ArrayDeque<>();
    private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private MillraceClient client;

    private record Reply(int status, String body, String retryAfter) {}

    private record Seen(String method, String path, String authorization, String body) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        client = new MillraceClient(new ClientConfig(
                URI.create("http://localhost:" + server.getAddress().getPort() + "/"),
                "the-key",
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                3,
                Duration.ofMillis(20)));
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @Test
    void recommend_sendsKeyAndBody_andReadsWhatItKnows() {
        replies.add(new Reply(200, SLATE, ""));
        RecommendResponse slate = client.recommend(RecommendRequest.of("u"));
        assertEquals("i", slate.items().getFirst().item());
        assertNull(slate.items().getFirst().title());
        assertEquals("POST", seen.getFirst().method());
        assertEquals("/v1/recommend", seen.getFirst().path());
        assertEquals("Bearer the-key", seen.getFirst().authorization());
        assertTrue(seen.getFirst().body().contains("\"user\":\"u\""));
    }

    @Test
    void overload_isTriedAgain_untilItIsAnswered() {
        replies.add(new Reply(429, problem(429), "1"));
        replies.add(new Reply(503, "", ""));
        replies.add(new Reply(200, SLATE, ""));
        assertEquals("r", client.recommend(RecommendRequest.of("u")).recommendationId());
        assertEquals(3, seen.size());
    }

    @Test
    void overload_thatStays_isToldWithItsProblem() {
        for (int i = 0; i < 5; i++) {
            replies.add(new Reply(429, problem(429), "7"));
        }
        ApiException e = assertThrows(ApiException.class, () -> client.recommend(RecommendRequest.of("u")));
        assertEquals(429, e.status());
        assertEquals(Duration.ofSeconds(7), e.retryAfter());
        Problem problem = e.problem();
        assertEquals("OVERLOADED", problem == null ? "" : problem.code());
        assertEquals(3, seen.size(), "as often as configured");
    }

    @Test
    void badRequest_isNotTriedAgain() {
        replies.add(new Reply(400, problem(400), ""));
        ApiException e = assertThrows(ApiException.class, () -> client.recommend(RecommendRequest.of("u")));
        assertEquals(400, e.status());
        assertEquals(1, seen.size());
        assertTrue(String.valueOf(e.getMessage()).contains("too much"));
    }

    @Test
    void withoutRetries_sendsOnce() {
        replies.add(new Reply(503, "not even JSON", "1"));
        ClientConfig once = ClientConfig.of(
                        URI.create("http://localhost:" + server.getAddress().getPort()), "")
                .withoutRetries();
        try (MillraceClient impatient = new MillraceClient(once)) {
            ApiException e = assertThrows(ApiException.class, impatient::stats);
            assertEquals(503, e.status());
            assertNull(e.problem());
            assertEquals("", seen.getFirst().authorization());
        }
        assertEquals(1, seen.size());
    }

    @Test
    void noServer_isToldWithItsAddress() {
        try (MillraceClient lost = MillraceClient.connect(URI.create("http://localhost:1"), "k")) {
            ApiException e = assertThrows(ApiException.class, lost::stats);
            assertEquals(0, e.status());
            assertTrue(String.valueOf(e.getMessage()).contains("http://localhost:1"));
            assertFalse(lost.ready());
        }
    }

    @Test
    void idsInPaths_areEscaped() {
        replies.add(new Reply(200, "{\"id\":\"a/b c?\"}", ""));
        assertEquals("a/b c?", client.item("a/b c?").id());
        assertEquals("/v1/items/a%2Fb%20c%3F", seen.getFirst().path());
    }

    @Test
    void answersWithoutBody_areRead() {
        replies.add(new Reply(204, "", ""));
        client.reference(new ReferencePoint("oracle", 10L, 3L));
        replies.add(new Reply(204, "", ""));
        client.deleteItem("i");
        assertEquals("DELETE", seen.getLast().method());
    }

    @Test
    void erasure_givesItsReceipt_andTheWayBackIsAsked() {
        replies.add(new Reply(
                200,
                "{\"user\":\"u\",\"erased\":\"2026-11-27T14:02:11.031Z\",\"sequence\":7,\"hadKey\":true,"
                        + "\"unreadable\":[\"log\"],\"remains\":[]}",
                ""));
        UserErasure receipt = client.deleteUser("u");
        assertEquals("DELETE", seen.getLast().method());
        assertEquals(7, receipt.sequence());
        assertEquals(List.of("log"), receipt.unreadable());
        replies.add(new Reply(200, "{\"id\":\"u\"}", ""));
        assertEquals("u", client.readmitUser("u", new UserBody("u", Map.of())).id());
        assertEquals("PUT", seen.getLast().method());
    }

    @Test
    void eventLines_areStreamed() {
        replies.add(new Reply(
                200, "{\"accepted\":2,\"duplicates\":0,\"rejectedCount\":0,\"rejected\":[],\"offset\":2}", ""));
        IngestResult result = client.eventLines(
                () -> new ByteArrayInputStream("{\"a\":1}\n{\"b\":2}\n".getBytes(StandardCharsets.UTF_8)));
        assertEquals(2, result.accepted());
        assertEquals("{\"a\":1}\n{\"b\":2}\n", seen.getFirst().body());
    }

    @Test
    void events_leaveOutWhatIsAbsent() {
        replies.add(new Reply(
                200, "{\"accepted\":1,\"duplicates\":0,\"rejectedCount\":0,\"rejected\":[],\"offset\":1}", ""));
        client.events(List.of(EventBody.of("e", "u", "i", "click", null)));
        assertEquals(
                "[{\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"type\":\"click\"}]",
                seen.getFirst().body());
    }

    @Test
    void configWithoutHost_isRefused() {
        assertThrows(NullPointerException.class, () -> ClientConfig.of(URI.create("localhost:8080"), ""));
    }

    private static String problem(int status) {
        return "{\"type\":\"t\",\"title\":\"x\",\"status\":" + status
                + ",\"detail\":\"too much\",\"code\":\"OVERLOADED\"}";
    }

    private void answer(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        seen.add(new Seen(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                authorization == null ? "" : authorization,
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        Reply reply = replies.remove();
        if (!reply.retryAfter().isEmpty()) {
            exchange.getResponseHeaders().set("Retry-After", reply.retryAfter());
        }
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
