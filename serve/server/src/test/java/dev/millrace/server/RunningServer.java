package dev.millrace.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.runtime.Configuration;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real server on a free port, and a plain client of it. Owned by one test. */
final class RunningServer implements AutoCloseable {
    static final String KEY = "a-key-for-tests-only";
    static final ObjectMapper JSON = new ObjectMapper();

    final MillraceServer server;
    final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private RunningServer(MillraceServer server) {
        this.server = server;
    }

    static RunningServer start(Path dataDir) throws Exception {
        return start(dataDir, Map.of());
    }

    static RunningServer start(Path dataDir, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "server.data-dir", dataDir.toString(),
                "server.port", "0",
                "server.admin-key", KEY,
                // Tests start many servers, and wait for none to be fast.
                "server.warm-up", "0s",
                // A test machine under load must not make answers late.
                "server.deadline", "2s",
                "admission.max-wait", "5s"));
        all.putAll(settings);
        return new RunningServer(MillraceServer.start(Configuration.of(all), List.of()));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(30));
    }

    HttpRequest.Builder authorized(String path) {
        return request(path).header("Authorization", "Bearer " + KEY);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(authorized(path).GET());
    }

    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        return send(authorized(path)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send("POST", path, body);
    }

    HttpResponse<String> postLines(String path, String body) throws IOException, InterruptedException {
        return send(authorized(path)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** The body of an answer that must be a success. */
    static JsonNode ok(HttpResponse<String> response) throws IOException {
        if (response.statusCode() / 100 != 2) {
            throw new AssertionError(
                    response.request().uri() + " was answered " + response.statusCode() + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    /** A catalogue of items i0, i1, … over five topics. */
    void addItems(int count) throws IOException, InterruptedException {
        String[] topics = {"Drama", "Comedy", "Horror", "Romance", "Crime"};
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("{\"id\":\"i%d\",\"title\":\"Item %d\",\"topics\":[\"%s\"],\"attributes\":{\"year\":%d}}\n"
                    .formatted(i, i, topics[i % topics.length], 1980 + i % 40));
        }
        ok(postLines("/v1/items", lines.toString()));
    }

    @Override
    public void close() {
        http.close();
        server.close();
    }
}
