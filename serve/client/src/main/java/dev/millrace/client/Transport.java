package dev.millrace.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.wire.Problem;
import dev.millrace.wire.WireJson;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** JSON over HTTP with timeouts, and with retries where the server says that it is busy. Thread-safe. */
final class Transport implements AutoCloseable {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final ClientConfig config;
    private final HttpClient http;
    private final ObjectMapper json = WireJson.lenient();

    Transport(ClientConfig config) {
        this.config = config;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(config.connectTimeout())
                .build();
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    <T> T get(String path, Class<T> type) {
        return read(sendWithRetries(request(path).GET().build()), type);
    }

    <T> T post(String path, Object body, Class<T> type) {
        return read(sendWithRetries(json(path).POST(body(body)).build()), type);
    }

    void post(String path, Object body) {
        sendWithRetries(json(path).POST(body(body)).build());
    }

    <T> T put(String path, Object body, Class<T> type) {
        return read(sendWithRetries(json(path).PUT(body(body)).build()), type);
    }

    void delete(String path) {
        sendWithRetries(request(path).DELETE().build());
    }

    <T> T delete(String path, Class<T> type) {
        return read(sendWithRetries(request(path).DELETE().build()), type);
    }

    <T> T postLines(String path, Supplier<? extends InputStream> lines, Class<T> type) {
        HttpRequest request = request(path)
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofInputStream(lines))
                .build();
        return read(send(request), type);
    }

    boolean succeeds(String path) {
        try {
            send(request(path).GET().build());
            return true;
        } catch (ApiException e) {
            return false;
        }
    }

    @Override
    public void close() {
        http.close();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(root() + path))
                .timeout(config.requestTimeout())
                .header("Accept", "application/json, " + Problem.MEDIA_TYPE);
        if (!config.key().isEmpty()) {
            request.header("Authorization", "Bearer " + config.key());
        }
        return request;
    }

    private HttpRequest.Builder json(String path) {
        return request(path).header("Content-Type", "application/json");
    }

    private String root() {
        String server = config.server().toString();
        return server.endsWith("/") ? server.substring(0, server.length() - 1) : server;
    }

    private BodyPublisher body(Object value) {
        if (value instanceof String text && text.isEmpty()) {
            return BodyPublishers.noBody();
        }
        try {
            return BodyPublishers.ofByteArray(json.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new ApiException("The request cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Every route is idempotent or harmless to repeat when it was refused, so a refusal is always retried. */
    private HttpResponse<byte[]> sendWithRetries(HttpRequest request) {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                return send(request);
            } catch (ApiException e) {
                if (!e.isTransient() || attempt >= config.attempts()) {
                    throw e;
                }
                Duration asked = e.retryAfter();
                pause(asked == null ? pause : asked);
                pause = pause.multipliedBy(2);
            }
        }
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        HttpResponse<byte[]> response;
        try {
            response = http.send(request, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new ApiException(
                    request.method() + " " + request.uri() + " got no answer: " + describe(e)
                            + "; check that the server runs there",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(request.method() + " " + request.uri() + " was interrupted", e);
        }
        if (response.statusCode() / 100 != 2) {
            throw failure(request, response);
        }
        return response;
    }

    private ApiException failure(HttpRequest request, HttpResponse<byte[]> response) {
        Problem problem = problem(response.body());
        String detail = problem == null ? new String(response.body(), StandardCharsets.UTF_8) : problem.detail();
        return new ApiException(
                response.statusCode(),
                request.method() + " " + request.uri().getPath() + " was answered " + response.statusCode() + ": "
                        + detail,
                problem,
                retryAfter(response));
    }

    private @Nullable Problem problem(byte[] body) {
        try {
            return json.readValue(body, Problem.class);
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable Duration retryAfter(HttpResponse<?> response) {
        String seconds = response.headers().firstValue("Retry-After").orElse("");
        try {
            return seconds.isEmpty() ? null : Duration.ofSeconds(Long.parseLong(seconds.strip()));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Up to half as long again as asked, so that refused clients do not come back all at once. */
    private void pause(Duration asked) {
        Duration bounded = asked.compareTo(config.longestPause()) > 0 ? config.longestPause() : asked;
        long nanos = bounded.toNanos();
        long deadline = System.nanoTime() + nanos + ThreadLocalRandom.current().nextLong(nanos / 2 + 1);
        while (deadline - System.nanoTime() > 0) {
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new ApiException("Interrupted while waiting to try again", new InterruptedException());
            }
            LockSupport.parkNanos(deadline - System.nanoTime());
        }
    }

    private <T> T read(HttpResponse<byte[]> response, Class<T> type) {
        try {
            return json.readValue(response.body(), type);
        } catch (IOException e) {
            throw new ApiException("The answer of " + response.uri() + " is not a " + type.getSimpleName(), e);
        }
    }

    private static String describe(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
