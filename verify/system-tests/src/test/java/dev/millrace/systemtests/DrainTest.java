package dev.millrace.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** SIGTERM under load: whoever asked before it gets an answer, and the process ends by itself. */
class DrainTest {
    private static final int CALLERS = 4;
    private static final long NOT_YET = Long.MAX_VALUE;

    @TempDir
    Path data;

    private final AtomicLong terminatedNanos = new AtomicLong(NOT_YET);
    private final CountDownLatch warm = new CountDownLatch(50);
    private final List<String> broken = new CopyOnWriteArrayList<>();

    @Test
    void server_onSigterm_answersWhatWasAskedBefore() throws Exception {
        try (ServingProcess server = ServingProcess.start(data)) {
            Thread[] callers = new Thread[CALLERS];
            for (int i = 0; i < CALLERS; i++) {
                callers[i] = Thread.ofPlatform().start(() -> askUntilClosed(server));
            }
            assertTrue(warm.await(60, TimeUnit.SECONDS), "the server answers");
            terminatedNanos.set(System.nanoTime());
            server.terminate();
            for (Thread caller : callers) {
                caller.join();
            }
            // 128 + 15: ended by the signal that it was sent, after its own work.
            assertEquals(143, server.await());
        }
        assertEquals(List.of(), broken, () -> logLines());
        try (var snapshots = Files.list(data.resolve("snapshots"))) {
            assertTrue(snapshots.findAny().isPresent(), "the state was saved on the way out");
        }
    }

    /** What the server itself said of its last moments. */
    private String logLines() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("server.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void askUntilClosed(ServingProcess server) {
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpRequest request = HttpRequest.newBuilder(server.url().resolve("/v1/recommend"))
                    .timeout(Duration.ofSeconds(30))
                    .header("X-Api-Key", ServingProcess.KEY)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"u1\",\"count\":5}"))
                    .build();
            while (ask(http, request)) {
                warm.countDown();
            }
        }
    }

    /** Whether the server still takes requests; notes an answer that should have come and did not. */
    private boolean ask(HttpClient http, HttpRequest request) {
        long asked = System.nanoTime();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            int status = response.statusCode();
            if (status != 200 && status != 503 && status != 429) {
                broken.add("status " + status + ": " + response.body());
            }
            return status != 503;
        } catch (IOException e) {
            // A request on its way while the signal came may still meet a closed door: it was not taken.
            if (asked < terminatedNanos.get() - Duration.ofMillis(5).toNanos()) {
                broken.add(e.toString());
            }
            return false;
        } catch (InterruptedException e) {
            broken.add(e.toString());
            return false;
        }
    }
}
