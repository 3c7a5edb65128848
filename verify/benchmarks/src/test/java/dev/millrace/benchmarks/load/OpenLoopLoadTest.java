package dev.millrace.benchmarks.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

class OpenLoopLoadTest {
    private HttpServer server;
    private final AtomicLong seen = new AtomicLong();
    private volatile long pauseAtRequest = -1;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        // One thread: while it pauses, no other request is answered.
        server.setExecutor(Executors.newSingleThreadExecutor());
        server.createContext("/", exchange -> {
            long number = seen.getAndIncrement();
            exchange.getRequestBody().readAllBytes();
            if (number == pauseAtRequest) {
                LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
            }
            byte[] body = (number % 10 == 0 ? "{\"degraded\":[{}]}" : "{\"degraded\":[]}").getBytes(UTF_8);
            exchange.sendResponseHeaders(number % 5 == 4 ? 429 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        ((java.util.concurrent.ExecutorService) server.getExecutor()).shutdownNow();
    }

    @Test
    void openLoop_mixedAnswers_countsEachKind() throws Exception {
        LoadResult result = load(8).run(500, Duration.ofSeconds(1));

        assertEquals(500, seen.get());
        assertEquals(400, result.answered());
        assertEquals(100, result.rejected());
        assertEquals(50, result.degraded());
        assertEquals(0, result.failed());
    }

    @Test
    void openLoop_pausingServer_countsTheDelayOfEveryRequestThatWasDue() throws Exception {
        pauseAtRequest = 50;

        LoadResult result = load(4).run(200, Duration.ofSeconds(1));

        // 300 ms at 200/s: about 60 requests were due in the pause; a closed client would have seen 4 of them.
        long late = result.latency().getCountBetweenValues(50_000, 10_000_000);
        assertTrue(late >= 20, () -> "only " + late + " late answers were seen");
    }

    @Test
    void openLoop_closedPort_countsFailures() throws Exception {
        server.stop(0);

        LoadResult result = load(2).run(50, Duration.ofMillis(200));

        assertEquals(10, result.failed());
    }

    private OpenLoopLoad load(int connections) {
        byte[] request = HttpRequests.post("/", "key", "{}");
        return new OpenLoopLoad(server.getAddress().getPort(), connections, i -> request);
    }
}
