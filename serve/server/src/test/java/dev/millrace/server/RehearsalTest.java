package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.runtime.Agent;
import dev.millrace.runtime.AgentRunner;
import dev.millrace.runtime.Configuration;
import dev.millrace.server.http.Traces;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A start warms its code up, and nothing of that is left. */
final class RehearsalTest {
    /** What a request, an event or a row would have moved. */
    private static final List<String> COUNTS = List.of(
            "millrace_log_end",
            "millrace_items",
            "millrace_users",
            "millrace_events_accepted",
            "millrace_events_duplicate",
            "millrace_answer_latency_seconds_count",
            "millrace_answer_degraded_total",
            "millrace_stage_cpu_seconds_total",
            "millrace_stage_degradations_total",
            "millrace_store_rows",
            "millrace_store_reads_total",
            "millrace_requests_rejected",
            "millrace_requests_failed");

    /** How the threads of a server and of its client are named; those that libraries keep for the process are not its own. */
    private static final List<String> OWN =
            List.of("millrace-", "store-", "cold-", "scoring-", "vector-index-", "armeria-boss-", "HttpClient-");

    @TempDir
    private Path data;

    @Test
    void start_afterItsRehearsal_holdsAndCountsNothingOfIt() throws Exception {
        Path folder = Files.createDirectories(data.resolve("rehearsal"));
        Files.writeString(folder.resolve("of-a-start-that-was-killed"), "left");
        try (RunningServer server = RunningServer.start(data, Map.of("server.warm-up", "1s"))) {
            assertFalse(Files.exists(folder), "the rehearsal took the folder and deleted it");
            assertEquals(200, server.get("/health/ready").statusCode());
            String scraped = server.send(server.authorized("/metrics").GET()).body();
            for (String count : COUNTS) {
                assertEquals(0, sum(scraped, count), count);
            }
            assertEquals(0, sum(scraped, "millrace_requests"), "requests");
            JsonNode stats = RunningServer.ok(server.get("/v1/stats"));
            assertEquals(0, stats.path("events").asLong());
            assertEquals(0, stats.path("items").asLong());
            assertEquals(0, stats.path("users").asLong());
        }
        KeyConfig keys = KeyConfig.from(Configuration.empty(), data);
        try (KeyTable table = Objects.requireNonNull(keys.openReadOnly())) {
            assertEquals(0, table.report().people(), "keys of users");
        }
    }

    @Test
    void rehearsal_visitsAServer_untilItsTimeIsOver() {
        Path folder = data.resolve("rehearsal");
        long began = System.nanoTime();
        int visits = new Rehearsal(folder, 2, Duration.ofSeconds(20)).run();
        assertTrue(visits > 0, "no visit came about");
        assertFalse(Files.exists(folder));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(Duration.ofSeconds(60)) < 0, () -> "it took " + took);
    }

    @Test
    void rehearsal_thatCannotBegin_isPassedOver() throws Exception {
        Path file = Files.writeString(data.resolve("a-file"), "in the way");
        assertEquals(0, new Rehearsal(file.resolve("rehearsal"), 2, Duration.ofSeconds(1)).run());
        assertTrue(Files.exists(file));
    }

    @Test
    void rehearsal_withoutTimeForItsServer_makesNoRequest() {
        AtomicInteger started = new AtomicInteger();
        Rehearsal.Starter starter = configuration -> {
            started.incrementAndGet();
            return start(configuration);
        };
        assertEquals(0, new Rehearsal(data.resolve("rehearsal"), 2, Duration.ofNanos(1), starter).run());
        assertEquals(1, started.get());
    }

    /** As in a container whose memory suffices for one server. */
    @Test
    void rehearsal_shortOfMemoryOrCode_isPassedOver() {
        Path folder = data.resolve("rehearsal");
        for (Error failure :
                List.of(new OutOfMemoryError("Direct buffer memory"), new NoClassDefFoundError("not/There"))) {
            Rehearsal.Starter starter = configuration -> {
                Files.createDirectories(folder.resolve("log"));
                throw failure;
            };
            assertEquals(0, new Rehearsal(folder, 2, Duration.ofSeconds(1), starter).run());
            assertFalse(Files.exists(folder));
        }
    }

    @Test
    void rehearsal_whenOver_leavesNoThreadPropertyOrPort() throws Exception {
        AtomicInteger port = new AtomicInteger();
        Rehearsal.Starter starter = configuration -> {
            MillraceServer server = start(configuration);
            port.set(server.port());
            return server;
        };
        // What libraries set at their first use is the first server's doing, which a start has begun before it
        // rehearses.
        start(Configuration.of(Map.of("server.data-dir", data.toString(), "server.port", "0", "server.warm-up", "0s")))
                .close();
        Set<Thread> threads = Thread.getAllStackTraces().keySet();
        Properties properties = (Properties) System.getProperties().clone();
        assertTrue(new Rehearsal(data.resolve("rehearsal"), 2, Duration.ofSeconds(20), starter).run() > 0);
        assertEquals(properties, System.getProperties());
        assertThrows(ConnectException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port.get()).close());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!threads.contains(thread) && OWN.stream().anyMatch(thread.getName()::startsWith)) {
                assertTrue(thread.join(Duration.ofSeconds(10)), () -> thread.getName() + " outlived the rehearsal");
            }
        }
    }

    @Test
    void rehearsal_whatItsAgentsLog_isMarked() throws Exception {
        BlockingQueue<String> marks = new LinkedBlockingQueue<>();
        Agent agent = new Agent() {
            @Override
            public String name() {
                return "of-a-second-server";
            }

            @Override
            public int doWork() {
                marks.add(String.valueOf(MDC.get(Traces.KEY)));
                return 0;
            }
        };
        Rehearsal.Starter starter = configuration -> {
            try (AgentRunner _ = AgentRunner.start(agent, Duration.ofHours(1))) {
                assertEquals("rehearsal", marks.poll(30, TimeUnit.SECONDS));
            }
            return start(configuration);
        };
        assertEquals(0, new Rehearsal(data.resolve("rehearsal"), 2, Duration.ofNanos(1), starter).run());
        marks.clear();
        try (AgentRunner _ = AgentRunner.start(agent, Duration.ofHours(1))) {
            assertEquals("null", marks.poll(30, TimeUnit.SECONDS), "what comes later is not marked");
        }
    }

    private static MillraceServer start(Configuration configuration) throws Exception {
        return MillraceServer.start(configuration, List.of());
    }

    private static double sum(String scraped, String name) {
        List<String> lines = scraped.lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .toList();
        assertFalse(lines.isEmpty(), name + " is not among the metrics");
        return lines.stream()
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
