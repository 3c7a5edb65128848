package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What was acknowledged is there after a restart, with a snapshot and without. */
final class RestartTest {
    @TempDir
    private Path data;

    @Test
    void restart_fromSnapshotAndFromLog_givesTheSameState() throws Exception {
        List<JsonNode> before;
        try (RunningServer server = RunningServer.start(data)) {
            fill(server);
            before = state(server);
        }
        assertTrue(snapshots() > 0, "closing saves a snapshot");
        try (RunningServer server = RunningServer.start(data)) {
            assertEquals(before, state(server));
            assertEquals(1, duplicatesOfFirst(server));
        }
        deleteSnapshots();
        try (RunningServer server = RunningServer.start(data)) {
            assertEquals(before, state(server));
            assertEquals(1, duplicatesOfFirst(server));
        }
    }

    @Test
    void restart_withDamagedSnapshot_replaysTheLog() throws Exception {
        List<JsonNode> before;
        try (RunningServer server = RunningServer.start(data)) {
            fill(server);
            before = state(server);
        }
        try (Stream<Path> files = Files.list(data.resolve("snapshots"))) {
            for (Path file : files.toList()) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length / 2] ^= 0x55;
                Files.write(file, bytes);
            }
        }
        try (RunningServer server = RunningServer.start(data)) {
            assertEquals(before, state(server));
        }
    }

    @Test
    void restart_withoutTheStore_replaysTheLog() throws Exception {
        List<JsonNode> before;
        try (RunningServer server = RunningServer.start(data)) {
            fill(server);
            before = state(server);
        }
        try (Stream<Path> files = Files.list(data.resolve("store"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        try (RunningServer server = RunningServer.start(data)) {
            assertEquals(before, state(server));
        }
    }

    @Test
    void restart_withADamagedStore_makesItAnewFromTheLog() throws Exception {
        List<JsonNode> before;
        try (RunningServer server = RunningServer.start(data)) {
            fill(server);
            before = state(server);
        }
        try (Stream<Path> files = Files.list(data.resolve("store"))) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".log")) {
                    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) (Files.size(file) / 2)));
                }
            }
        }
        try (RunningServer server = RunningServer.start(data)) {
            assertEquals(before, state(server));
        }
    }

    private static void fill(RunningServer server) throws Exception {
        server.addItems(30);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            lines.append("{\"eventId\":\"e%d\",\"user\":\"u%d\",\"item\":\"i%d\",\"type\":\"click\"}%n"
                    .formatted(i, i % 7, (i * 11) % 30));
        }
        RunningServer.ok(server.postLines("/v1/events", lines.toString()));
        RunningServer.ok(server.send("PUT", "/v1/users/u1", "{\"attributes\":{\"country\":\"DE\"}}"));
        server.send("DELETE", "/v1/items/i3", "");
        assertEquals(43, history(server, "u1").size());
    }

    private static JsonNode history(RunningServer server, String user) throws Exception {
        return RunningServer.ok(server.get("/v1/users/" + user + "/history")).path("entries");
    }

    /** Everything that can be read and that does not depend on the time. */
    private static List<JsonNode> state(RunningServer server) throws Exception {
        JsonNode stats = Await.until(
                () -> RunningServer.ok(server.get("/v1/stats")),
                found -> found.path("log").path("end").equals(found.path("log").path("applied")));
        return List.of(
                RunningServer.ok(server.get("/v1/items?limit=500")),
                RunningServer.ok(server.get("/v1/users?limit=500")),
                history(server, "u1"),
                history(server, "u6"),
                RunningServer.ok(server.get("/v1/users/u1")),
                stats.path("log").path("end"),
                stats.path("items"),
                stats.path("users"));
    }

    private static int duplicatesOfFirst(RunningServer server) throws Exception {
        return RunningServer.ok(server.post(
                        "/v1/events", "{\"eventId\":\"e0\",\"user\":\"u0\",\"item\":\"i0\",\"type\":\"click\"}"))
                .path("duplicates")
                .asInt();
    }

    private int snapshots() throws Exception {
        try (Stream<Path> files = Files.list(data.resolve("snapshots"))) {
            return (int) files.count();
        }
    }

    private void deleteSnapshots() throws Exception {
        try (Stream<Path> files = Files.list(data.resolve("snapshots"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
