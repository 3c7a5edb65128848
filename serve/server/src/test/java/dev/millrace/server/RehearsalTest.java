package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
        int visits = new Rehearsal(folder, 2, Duration.ofMillis(1_500)).run();
        assertTrue(visits > 0, "no visit came about");
        assertFalse(Files.exists(folder));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(Duration.ofSeconds(30)) < 0, () -> "it took " + took);
    }

    @Test
    void rehearsal_thatCannotBegin_isPassedOver() throws Exception {
        Path file = Files.writeString(data.resolve("a-file"), "in the way");
        assertEquals(0, new Rehearsal(file.resolve("rehearsal"), 2, Duration.ofSeconds(1)).run());
        assertTrue(Files.exists(file));
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
