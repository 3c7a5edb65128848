package dev.millrace.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Holds the store to its bounds when the server is gone, silent, failing or sends half of an answer. */
class S3FaultTest {
    private static final ColdName NAME = new ColdName("a");

    /** Generous to a busy machine; far below what unbounded waiting or retrying takes. */
    private static final Duration BOUND = Duration.ofSeconds(15);

    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server = start();

    @AfterEach
    void stop() {
        gate.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void read_serverThatIsGone_failsInTime() {
        server.stop(0);
        assertReadFails(Reason.UNAVAILABLE, Deadline.none());
    }

    @Test
    void read_serverThatIsSilent_isLateInTime() {
        answer(exchange -> awaitGate());
        assertReadFails(Reason.LATE, Deadline.after(Duration.ofMillis(300)));
    }

    @Test
    void read_serverThatStopsWithinTheBody_isLateInTime() {
        answer(exchange -> {
            startBody(exchange, 100);
            exchange.getResponseBody().write(new byte[50]);
            exchange.getResponseBody().flush();
            awaitGate();
        });
        assertReadFails(Reason.LATE, Deadline.after(Duration.ofMillis(300)));
    }

    @Test
    void read_serverThatDripsBytes_isLateInTime() {
        answer(exchange -> {
            startBody(exchange, 100);
            for (int i = 0; i < 100 && !isOpen(50); i++) {
                exchange.getResponseBody().write(0);
                exchange.getResponseBody().flush();
            }
        });
        assertReadFails(Reason.LATE, Deadline.after(Duration.ofMillis(500)));
    }

    @Test
    void read_serverThatFails_isTriedAsOftenAsConfigured() {
        answer(exchange -> exchange.sendResponseHeaders(503, -1));
        assertReadFails(Reason.UNAVAILABLE, Deadline.none());
        assertEquals(3, requests.get());
    }

    @Test
    void read_serverThatFailsOnce_succeeds() throws ColdStoreException {
        answer(exchange -> {
            if (requests.get() == 1) {
                exchange.sendResponseHeaders(500, -1);
            } else {
                startBody(exchange, 100);
                exchange.getResponseBody().write(new byte[100]);
            }
        });
        byte[] bytes = new byte[100];
        bytes[3] = 1;
        try (S3ColdStore store = store()) {
            store.read(NAME, 0, 100, MemorySegment.ofArray(bytes), Deadline.none());
        }
        assertEquals(0, bytes[3]);
        assertEquals(2, requests.get());
    }

    @Test
    void read_connectionThatBreaksWithinTheBody_isTriedAgainAndFails() {
        answer(exchange -> {
            startBody(exchange, 100);
            exchange.getResponseBody().write(new byte[50]);
            exchange.getResponseBody().flush();
        });
        assertReadFails(Reason.UNAVAILABLE, Deadline.none());
        assertEquals(3, requests.get());
    }

    @Test
    void read_objectThatIsShorter_isDamaged() {
        answer(exchange -> {
            startBody(exchange, 60);
            exchange.getResponseBody().write(new byte[60]);
        });
        assertReadFails(Reason.DAMAGED, Deadline.none());
    }

    @Test
    void read_serverThatIgnoresTheRange_fails() {
        answer(exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(new byte[100]);
        });
        assertReadFails(Reason.UNAVAILABLE, Deadline.none());
    }

    @Test
    void config_fromSettings_isReadAndHidesTheSecret() {
        S3Config config = Objects.requireNonNull(S3Config.from(Configuration.of(Map.of(
                "store.cold.s3.bucket", "b",
                "store.cold.s3.endpoint", "http://127.0.0.1:9000",
                "store.cold.s3.path-style", "true",
                "store.cold.s3.access-key", "who",
                "store.cold.s3.secret-key", "hush",
                "store.cold.s3.prefix", "cold/"))));
        assertEquals("http://127.0.0.1:9000", config.endpoint());
        assertTrue(config.pathStyle());
        assertEquals(S3Config.Limits.defaults(), config.limits());
        assertFalse(config.toString().contains("hush"));
        assertNull(S3Config.from(Configuration.empty()));
        assertThrows(
                InvalidValueException.class,
                () -> S3Config.from(Configuration.of(Map.of("store.cold.s3.endpoint", "http://127.0.0.1:9000"))));
        assertThrows(
                InvalidValueException.class,
                () -> S3Config.from(
                        Configuration.of(Map.of("store.cold.s3.bucket", "b", "store.cold.s3.prefix", "cold"))));
        assertThrows(InvalidValueException.class, () -> new S3Config.Credentials("who", ""));
    }

    private void assertReadFails(Reason reason, Deadline deadline) {
        long start = System.nanoTime();
        try (S3ColdStore store = store()) {
            ColdStoreException e = assertThrows(
                    ColdStoreException.class,
                    () -> store.read(NAME, 0, 100, MemorySegment.ofArray(new byte[100]), deadline));
            assertEquals(reason, e.reason(), e::toString);
        }
        long took = System.nanoTime() - start;
        assertTrue(took < BOUND.toNanos(), () -> "took " + took + " ns");
    }

    private S3ColdStore store() {
        return S3ColdStore.open(new S3Config(
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "us-east-1",
                "bucket",
                "",
                true,
                new S3Config.Credentials("who", "hush"),
                new S3Config.Limits(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(10),
                        3,
                        5 << 20)));
    }

    private static void startBody(HttpExchange exchange, int length) throws IOException {
        exchange.getResponseHeaders().add("Content-Range", "bytes 0-" + (length - 1) + "/1000");
        exchange.sendResponseHeaders(206, length);
    }

    private void awaitGate() {
        if (!isOpen(30_000)) {
            throw new IllegalStateException("nobody ended the test");
        }
    }

    private boolean isOpen(long millis) {
        try {
            return gate.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    private void answer(HttpHandler handler) {
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    private HttpServer start() {
        try {
            HttpServer made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            made.setExecutor(threads);
            made.start();
            return made;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
