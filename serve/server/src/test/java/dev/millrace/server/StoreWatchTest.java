package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** An operator hears of damage in the store where they look, with the remedy; and the remedy helps. */
final class StoreWatchTest {
    private static final int USERS = 2_000;
    private static final int PAGE = 4096;

    @TempDir
    private Path data;

    @Test
    void damage_ofARunningServersStore_isToldEverywhere_andTheRemedyHelps() throws Exception {
        // So little memory that rows are read from disk.
        Map<String, String> settings = Map.of("store.user-rows.memory", "64k");
        try (RunningServer server = RunningServer.start(data, settings)) {
            fill(server);
            assertEquals(0, damagedFiles(server));
            assertTrue(stats(server).path("storeDamage").isNull());
            assertEquals("[]", health(server).path("problems").toString());
            overwriteRecords();
            String degraded = "";
            for (int user = 0; user < USERS; user++) {
                degraded += RunningServer.ok(
                                server.post("/v1/recommend", "{\"user\":\"u%d\",\"dryRun\":true}".formatted(user)))
                        .path("degraded")
                        .toString();
            }
            assertTrue(degraded.contains("hydrate-user"), "no answer lacked its user's row");
            assertTrue(damagedFiles(server) > 0);
            JsonNode damage = stats(server).path("storeDamage");
            assertTrue(damage.path("found").toString().contains(".log"), damage::toString);
            assertTrue(damage.path("remedy").asText().contains("delete " + data.resolve("store")), damage::toString);
            assertTrue(health(server).path("problems").toString().contains("the store is damaged"));
            assertEquals(200, server.send(server.request("/health").GET()).statusCode());
        }
        try (Stream<Path> files = Files.list(data.resolve("store"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(data.resolve("store"));
        try (RunningServer server = RunningServer.start(data, settings)) {
            for (int user = 0; user < USERS; user += 7) {
                JsonNode history = RunningServer.ok(server.get("/v1/users/u" + user + "/history"));
                assertEquals(2, history.path("entries").size(), "user " + user);
            }
            assertEquals(0, damagedFiles(server));
        }
    }

    private static void fill(RunningServer server) throws Exception {
        server.addItems(20);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2 * USERS; i++) {
            lines.append("{\"eventId\":\"e%d\",\"user\":\"u%d\",\"item\":\"i%d\",\"type\":\"click\"}%n"
                    .formatted(i, i % USERS, i % 19));
        }
        RunningServer.ok(server.postLines("/v1/events", lines.toString()));
        Await.until(() -> stats(server).path("log").path("applied").asLong(), applied -> applied == 2L * USERS + 20);
        // The rows are on disk a commit delay after they were made.
        Await.until(() -> metric(server, "millrace_store_writes_owed_seconds"), owed -> owed == 0);
    }

    private void overwriteRecords() throws IOException {
        byte[] ones = new byte[PAGE];
        Arrays.fill(ones, (byte) 1);
        try (Stream<Path> files = Files.list(data.resolve("store"))) {
            List<Path> logs =
                    files.filter(file -> file.toString().endsWith(".log")).toList();
            for (Path log : logs) {
                try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                    for (long at = PAGE; at + PAGE <= channel.size(); at += PAGE) {
                        assertEquals(PAGE, channel.write(ByteBuffer.wrap(ones), at));
                    }
                    channel.force(true);
                }
            }
        }
    }

    private static JsonNode stats(RunningServer server) throws Exception {
        return RunningServer.ok(server.get("/v1/stats"));
    }

    private static JsonNode health(RunningServer server) throws Exception {
        return RunningServer.json(server.send(server.request("/health").GET()));
    }

    private static double damagedFiles(RunningServer server) throws Exception {
        return metric(server, "millrace_store_damaged");
    }

    private static double metric(RunningServer server, String name) throws Exception {
        return server.send(server.authorized("/metrics").GET())
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
