package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.wire.OpenApi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Whatever comes in, the caller hears what is wrong with it, and nothing breaks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadRequestTest {
    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        server = RunningServer.start(data);
        server.addItems(20);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/v1/recommend | {} | user",
                "/v1/recommend | {\"user\":1} | user",
                "/v1/recommend | {\"user\":\"\"} | user",
                "/v1/recommend | {\"user\":\"u\",\"count\":0} | count",
                "/v1/recommend | {\"user\":\"u\",\"count\":1.5} | count",
                "/v1/recommend | {\"user\":\"u\",\"count\":\"3\"} | count",
                "/v1/recommend | {\"user\":\"u\",\"cuont\":3} | cuont",
                "/v1/recommend | {\"user\":\"u\",\"dryRun\":\"yes\"} | dryRun",
                "/v1/recommend | {\"user\":\"u\",\"scenario\":\"nope\"} | scenario",
                "/v1/recommend | {\"user\":\"u\",\"deadlineMillis\":0} | deadlineMillis",
                "/v1/recommend | {\"user\":\"u\",\"exclude\":[\"a\",\"\"]} | exclude[1]",
                "/v1/recommend | {\"user\":\"u\",\"filter\":{\"all\":[{\"topic\":7}]}} | filter.all[0].topic",
                "/v1/recommend | {\"user\":\"u\",\"filter\":{\"tpoic\":\"x\"}} | filter",
                "/v1/recommend | {\"user\":\"u\",\"boost\":[{\"filter\":{\"topic\":\"x\"},\"factor\":0}]} | boost.factor",
                "/v1/recommend/batch | {\"requests\":[{\"user\":\"u\",\"x\":1}]} | requests[0].x",
                "/v1/similar | {\"item\":[]} | item",
                "/v1/rerank | {\"user\":\"u\",\"items\":[]} | items",
                "/v1/events | {\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"type\":\"nope\"} | type",
                "/v1/events | {\"eventId\":\"e\",\"user\":\"u\",\"type\":\"click\"} | item",
                "/v1/events | {\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"items\":[\"j\"],\"type\":\"click\"} | items",
                "/v1/events | {\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"type\":\"click\",\"timestamp\":\"noon\"} | timestamp",
                "/v1/events | {\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"type\":\"click\",\"timestamp\":\"2199-01-01T00:00:00Z\"} | timestamp",
                "/v1/events | {\"eventId\":\"e\",\"user\":\"u\",\"item\":\"i\",\"type\":\"rating\",\"value\":1e308} | value",
                "/v1/items | {\"title\":\"no id\"} | id",
                "/v1/items | {\"id\":\"x\",\"attributes\":{\"a\":{\"b\":1}}} | attributes.a",
                "/v1/items | {\"id\":\"x\",\"attributes\":{\"a\":[1]}} | attributes.a[0]",
                "/v1/items | {\"id\":\"x\",\"topics\":[\"\"]} | topics",
                "/v1/users | {\"id\":\" x\"} | id",
                "/v1/references | {\"name\":\"o\",\"impressions\":-1,\"clicks\":0} | impressions"
            })
    void wrongField_isNamedWithAFix(String path, String body, String field) throws Exception {
        HttpResponse<String> response = server.post(path, body);
        JsonNode problem = RunningServer.json(response);
        assertEquals(400, response.statusCode(), response.body());
        assertEquals(
                "application/problem+json",
                response.headers().firstValue("Content-Type").orElse(""));
        assertEquals(field, problem.path("field").asText(), response.body());
        assertEquals("INVALID_REQUEST", problem.path("code").asText());
        assertEquals(path, problem.path("instance").asText());
        assertTrue(problem.path("fix").asText().length() > 3, response.body());
        assertEquals(32, problem.path("traceId").asText().length());
    }

    @Test
    void unknownRouteMethodAndType_areProblems() throws Exception {
        assertProblem(404, server.get("/v1/nonsense"));
        assertProblem(404, server.get("/nonsense"));
        assertProblem(405, server.send("DELETE", "/v1/recommend", ""));
        assertProblem(
                415,
                server.send(server.authorized("/v1/recommend")
                        .header("Content-Type", "text/xml")
                        .POST(HttpRequest.BodyPublishers.ofString("<user/>"))));
    }

    @Test
    void wrongMethod_isToldTheRightOnes() throws Exception {
        assertEquals(
                List.of("POST"),
                server.send("DELETE", "/v1/recommend", "").headers().allValues("Allow"));
        assertEquals(
                List.of("DELETE, GET, PATCH, PUT"),
                server.send("POST", "/v1/items/i1", "{}").headers().allValues("Allow"));
    }

    /** Announced alone: a client that still sends when the server hangs up can lose the answer. */
    @Test
    void largeBody_isToldTheLimit() throws Exception {
        String head = "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningServer.KEY
                + "\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n";
        StringBuilder answer = new StringBuilder();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            byte[] part = new byte[4096];
            int count = socket.getInputStream().read(part);
            while (count >= 0) {
                answer.append(new String(part, 0, count, StandardCharsets.US_ASCII));
                boolean whole = answer.toString().endsWith("}");
                count = whole ? -1 : socket.getInputStream().read(part);
            }
        }
        assertTrue(answer.toString().startsWith("HTTP/1.1 413"), answer.toString());
        assertTrue(
                answer.toString().contains("larger than the 1048576 bytes that this route takes"), answer.toString());
    }

    /** How long a caller takes to send says nothing about how busy the server is. */
    @Test
    void bodyThatComesSlowerThanTheDeadline_isAnsweredLikeAnyOther() throws Exception {
        String body = "{\"user\": \"ada\", \"count\": 3}";
        String head = "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningServer.KEY
                + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write((head + body.substring(0, 5)).getBytes(StandardCharsets.US_ASCII));
            long sent = System.nanoTime();
            long later = Await.until(() -> System.nanoTime() - sent, waited -> waited > 300_000_000);
            assertTrue(later > 0);
            out.write(body.substring(5).getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        }
    }

    @Test
    void compressedBody_isRefusedInASentence() throws Exception {
        HttpResponse<String> response = server.send(server.authorized("/v1/events")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {31, -117, 8})));
        assertProblem(415, response);
        assertEquals(
                "identity", response.headers().firstValue("Accept-Encoding").orElse(""));
        JsonNode problem = RunningServer.json(response);
        assertEquals(
                "The body has the content encoding 'gzip', which is not read",
                problem.path("detail").asText());
        assertEquals("/v1/events", problem.path("instance").asText());
    }

    @Test
    void bodyThatIsWrongAsAWhole_isToldSo() throws Exception {
        assertDetail("/v1/recommend", "[]", "the body has the wrong type");
        assertDetail("/v1/events", "5", "the body is neither an object nor an array");
        assertDetail("/v1/events", "{}\n{}", "application/x-ndjson");
        assertDetail("/v1/events", "[".repeat(100), "the body is nested deeper than 64 levels");
    }

    private void assertDetail(String path, String body, String part) throws Exception {
        HttpResponse<String> response = server.post(path, body);
        assertProblem(400, response);
        String detail = RunningServer.json(response).path("detail").asText();
        assertTrue(detail.contains(part), detail);
    }

    @Test
    void traceparent_isEchoedAndStandsInProblems() throws Exception {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
        HttpResponse<String> response = server.send(server.authorized("/v1/recommend")
                .header("traceparent", "00-" + traceId + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertTrue(response.headers().firstValue("traceparent").orElse("").startsWith("00-" + traceId + "-"));
        assertEquals(traceId, RunningServer.json(response).path("traceId").asText());
        HttpResponse<String> bad = server.send(
                server.authorized("/v1/stats").header("traceparent", "garbage").GET());
        assertEquals(200, bad.statusCode());
    }

    @Test
    void garbage_onEveryRoute_isNeverAServerError() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Route> routes = routes();
        for (int round = 0; round < 1500; round++) {
            Route route = routes.get(random.nextInt(routes.size()));
            byte[] body = garbage(route.examples, random);
            HttpResponse<String> response = server.send(server.authorized(path(route.path, random))
                    .header("Content-Type", type(random))
                    .method(route.method, HttpRequest.BodyPublishers.ofByteArray(body)));
            assertTrue(
                    response.statusCode() < 500,
                    () -> "seed " + seed + ": " + route + " answered " + response.statusCode() + " " + response.body()
                            + " to " + new String(body, StandardCharsets.UTF_8));
            if (response.statusCode() >= 400) {
                assertTrue(RunningServer.json(response).path("detail").asText().length() > 3, response.body());
            }
        }
        assertEquals(200, server.post("/v1/recommend", "{\"user\":\"u\"}").statusCode());
        assertEquals(
                0,
                RunningServer.ok(server.get("/v1/stats"))
                        .path("totals")
                        .path("errors")
                        .asInt());
    }

    @Test
    void garbage_insteadOfHttp_isSurvived() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            byte[] bytes = new byte[random.nextInt(2000) + 1];
            random.nextBytes(bytes);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port());
                    OutputStream out = socket.getOutputStream()) {
                out.write(bytes);
            } catch (java.io.IOException e) {
                // The server may hang up on it at any byte.
            }
        }
        assertEquals(200, server.send(server.request("/health/live").GET()).statusCode(), "seed " + seed);
    }

    private record Route(String method, String path, List<String> examples) {}

    /** Every route of the description, without those that would start a training or stand outside of the API. */
    private static List<Route> routes() throws Exception {
        List<Route> routes = new ArrayList<>();
        for (var path :
                RunningServer.JSON.readTree(OpenApi.json()).path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                String method = operation.getKey().toUpperCase(java.util.Locale.ROOT);
                boolean trains = path.getKey().equals("/v1/training") && method.equals("POST");
                if (path.getKey().startsWith("/v1") && !trains) {
                    routes.add(new Route(method, path.getKey(), examples(operation.getValue())));
                }
            }
        }
        return routes;
    }

    private static List<String> examples(JsonNode operation) {
        List<String> examples = new ArrayList<>(List.of("{}"));
        operation
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("examples")
                .forEach(example -> examples.add(example.path("value").toString()));
        return examples;
    }

    private static byte[] garbage(List<String> examples, Random random) {
        byte[] body = examples.get(random.nextInt(examples.size())).getBytes(StandardCharsets.UTF_8);
        return switch (random.nextInt(5)) {
            case 0 -> noise(random);
            case 1 -> Arrays.copyOf(body, random.nextInt(body.length + 1));
            case 2 -> "[".repeat(random.nextInt(5000)).getBytes(StandardCharsets.UTF_8);
            default -> mistyped(body, random);
        };
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[random.nextInt(300)];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] mistyped(byte[] body, Random random) {
        String letters = "{}[],:\"0123456789-eE.truefalsn\\u\0\u00ff";
        for (int i = 0; i <= random.nextInt(4); i++) {
            body[random.nextInt(body.length)] = (byte) letters.charAt(random.nextInt(letters.length()));
        }
        return body;
    }

    private static String path(String template, Random random) {
        String[] values = {"i1", "%00", "a%2Fb", "%F0%9F%8E%AC", "x".repeat(300), "%20", "..%2F..", "0".repeat(20)};
        String path = template;
        while (path.contains("{")) {
            path = path.replaceFirst("\\{[^}]*}", values[random.nextInt(values.length)]);
        }
        String[] queries = {"", "", "?offset=-1", "?limit=999999999999", "?minutes=x", "?query=%FF", "?a=b&a=c"};
        return path + queries[random.nextInt(queries.length)];
    }

    private static String type(Random random) {
        String[] types = {
            "application/json", "application/json", "application/x-ndjson", "application/merge-patch+json", "text/plain"
        };
        return types[random.nextInt(types.length)];
    }

    private static void assertProblem(int status, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        JsonNode problem = RunningServer.json(response);
        assertEquals(status, problem.path("status").asInt());
        assertTrue(problem.path("detail").asText().length() > 5);
    }
}
