package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.eventlog.EventCipher;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The promise to whoever answers for privacy: dropping a user's key makes every copy unreadable. */
final class ErasureTest {
    private static final String USER = "PLAINuser";
    private static final String OTHER = "other";
    private static final Map<String, String> SNAPSHOTS = Map.of("snapshot.events", "50");

    @TempDir
    private Path folder;

    /** A web server takes some ids for a step upwards, escaped or not: who is let in must be able to leave. */
    @Test
    void everyIdThatIsTaken_canBeErased() throws Exception {
        List<String> ids = List.of(
                "a/../b",
                "../x",
                "a\\..\\b",
                "/..",
                "x/..",
                ".",
                "..",
                "a/./b",
                "...",
                "a..b",
                "..a",
                "a%2F..",
                "a//b",
                "/",
                "a?b",
                "a#b",
                "a;b",
                "%",
                "+",
                "\\",
                "é ü");
        int refused = 0;
        try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
            for (String id : ids) {
                String user = RunningServer.JSON.writeValueAsString(id);
                HttpResponse<String> taken = server.post(
                        "/v1/events", "{\"eventId\":\"e\",\"user\":" + user + ",\"item\":\"i\",\"type\":\"click\"}");
                if (taken.statusCode() == 200) {
                    String address = "/v1/users/"
                            + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
                    assertEquals(200, server.send("DELETE", address, "").statusCode(), id);
                } else {
                    refused++;
                    assertTrue(taken.body().contains("no address can name"), taken.body());
                }
            }
        }
        assertEquals(7, refused);
    }

    /** An import, or a version of before, let it in. */
    @Test
    void userWhoseIdNoAddressCanName_isReadAndErasedByABody() throws Exception {
        Path data = folder.resolve("data");
        RunningServer.start(data).close();
        KeyConfig config = KeyConfig.from(Configuration.empty(), data);
        try (KeyTable keys = config.open(Clock.system());
                SegmentEventLog log = SegmentEventLog.open(
                        data.resolve("log"), EventLogConfig.defaults(), new EventCipher(keys), 0)) {
            log.append(new Event.Action(
                            new EventId("e"),
                            Instant.now(),
                            new UserId("a/../b"),
                            new ItemId("x/.."),
                            ActionType.CLICK,
                            1,
                            null))
                    .join();
        }
        try (RunningServer server = RunningServer.start(data)) {
            String user = "{\"user\":\"a/../b\"}";
            Await.until(() -> server.get("/v1/users").body(), body -> body.contains("a/../b"));
            assertEquals(
                    1,
                    RunningServer.ok(server.post("/v1/users/history", user))
                            .path("entries")
                            .size());
            assertEquals(
                    204, server.post("/v1/items/delete", "{\"item\":\"x/..\"}").statusCode());
            JsonNode receipt = RunningServer.ok(server.post("/v1/users/erase", user));
            assertTrue(receipt.path("hadKey").asBoolean());
            HttpResponse<String> gone = server.post("/v1/users/history", user);
            assertEquals(404, gone.statusCode());
            assertTrue(gone.body().contains("was erased"), gone.body());
        }
    }

    @Test
    void delete_ofAUser_makesEveryCopyUnreadable() throws Exception {
        Path data = folder.resolve("data");
        try (RunningServer server = RunningServer.start(data, SNAPSHOTS)) {
            fill(server);
        }
        // A second life: segments, index files, a checkpoint, snapshots and the log are all on disk.
        Path copy = folder.resolve("copy");
        try (RunningServer server = RunningServer.start(data, SNAPSHOTS)) {
            assertEquals(20, history(server, USER).size());
            assertEquals("PLAINvalue", attribute(server));
            copyAll(data, copy);
            assertEquals(List.of(), containing(data, "PLAIN"), "of a user, nothing is on disk in the clear");
            JsonNode receipt = RunningServer.ok(server.send("DELETE", "/v1/users/" + USER, ""));
            assertTrue(receipt.path("hadKey").asBoolean());
            assertEquals(USER, receipt.path("user").asText());
            assertTrue(receipt.path("unreadable").size() >= 4
                    && receipt.path("remains").size() >= 3);
            assertEquals(
                    receipt,
                    RunningServer.ok(server.send("DELETE", "/v1/users/" + USER, "")),
                    "a repetition gives the first receipt");
            requireGone(server);
            // A copy of everything but the key table, with the keys as they are now.
            copyAll(data.resolve("keys"), copy.resolve("keys"));
        }
        requireWithheld(data);
        requireWithheld(copy);
        for (Path directory : List.of(data, copy)) {
            try (RunningServer server = RunningServer.start(directory, SNAPSHOTS)) {
                requireGone(server);
            }
            List<JsonNode> first = replayed(directory);
            assertEquals(first, replayed(directory), "the same log and the same keys give the same state");
            assertEquals(List.of(), containing(directory, "PLAIN"));
        }
    }

    @Test
    void copyOfTheKeyTable_isOfNoUseWithoutItsMasterKey() throws Exception {
        Path data = folder.resolve("data");
        Path master = folder.resolve("elsewhere.key");
        Files.writeString(master, "5a".repeat(32));
        Files.setPosixFilePermissions(master, PosixFilePermissions.fromString("rw-------"));
        Map<String, String> named = Map.of("keys.master-file", master.toString());
        Path copy = folder.resolve("copy");
        try (RunningServer server = RunningServer.start(data, named)) {
            fill(server);
            copyAll(data, copy);
            RunningServer.ok(server.send("DELETE", "/v1/users/" + USER, ""));
        }
        MillraceException missing = assertThrows(MillraceException.class, () -> RunningServer.start(copy));
        assertTrue(String.valueOf(missing.getMessage()).contains("master key"), missing::getMessage);
        Map<String, String> wrong = Map.of("keys.master-key", "5b".repeat(32));
        MillraceException refused = assertThrows(MillraceException.class, () -> RunningServer.start(copy, wrong));
        assertTrue(String.valueOf(refused.getMessage()).contains("wrapped by the master key"), refused::getMessage);
        // Whoever has the key table of before and its master key has the user: that is what rotation is for.
        try (RunningServer server = RunningServer.start(copy, named)) {
            assertEquals(20, history(server, USER).size());
            assertEquals("PLAINvalue", attribute(server));
        }
    }

    @Test
    void erasedUser_isRefusedByNameUntilTheyComeBack() throws Exception {
        try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
            fill(server);
            RunningServer.ok(server.send("DELETE", "/v1/users/" + USER, ""));
            JsonNode lines = RunningServer.ok(
                    server.postLines("/v1/events", event("late-1", USER, "i1") + event("late-2", OTHER, "i2")));
            assertEquals(1, lines.path("accepted").asInt());
            assertEquals(1, lines.path("rejectedCount").asInt());
            assertEquals(1, lines.path("rejected").get(0).path("line").asInt());
            assertTrue(lines.path("rejected").get(0).path("problem").asText().contains("readmit=true"));
            assertEquals(
                    400, server.post("/v1/events", event("late-3", USER, "i1")).statusCode());
            assertEquals(
                    409,
                    server.send("PUT", "/v1/users/" + USER, "{\"attributes\":{}}")
                            .statusCode());
            HttpResponse<String> served = server.post("/v1/recommend", "{\"user\":\"%s\",\"count\":5}".formatted(USER));
            assertEquals(5, RunningServer.ok(served).path("items").size(), "who is unknown gets an answer as well");
            RunningServer.ok(server.send("PUT", "/v1/users/" + USER + "?readmit=true", "{\"attributes\":{}}"));
            RunningServer.ok(server.post("/v1/events", event("again", USER, "i7")));
            Await.until(() -> history(server, USER), entries -> entries.size() == 1);
        }
        try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
            assertEquals(1, history(server, USER).size());
        }
    }

    private static void fill(RunningServer server) throws Exception {
        server.addItems(30);
        RunningServer.ok(server.send("PUT", "/v1/users/" + USER, "{\"attributes\":{\"PLAINname\":\"PLAINvalue\"}}"));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            lines.append(event("PLAINevent-" + i, i < 20 ? USER : OTHER + i % 5, "i" + i % 30));
        }
        RunningServer.ok(server.postLines("/v1/events", lines.toString()));
        RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"%s\",\"count\":5}".formatted(USER)));
        Await.until(() -> history(server, USER), entries -> entries.size() == 20);
    }

    /** The state that follows from the whole log. */
    private static List<JsonNode> replayed(Path data) throws Exception {
        deleteSnapshots(data);
        try (RunningServer server = RunningServer.start(data, SNAPSHOTS)) {
            requireGone(server);
            return List.of(
                    RunningServer.ok(server.get("/v1/items?limit=500")),
                    RunningServer.ok(server.get("/v1/users?limit=500")),
                    RunningServer.ok(server.post("/v1/similar", "{\"item\":\"i21\",\"count\":10}"))
                            .path("items"),
                    history(server, OTHER + 2));
        }
    }

    private static void requireGone(RunningServer server) throws Exception {
        assertEquals(404, server.get("/v1/users/" + USER).statusCode());
        assertEquals(404, server.get("/v1/users/" + USER + "/history").statusCode());
        assertFalse(server.get("/v1/users?limit=500").body().contains("PLAIN"));
        assertEquals(16, history(server, OTHER + 1).size(), "nobody else is touched");
    }

    /** Every event is in its place in the log, and those of the user are read by nobody. */
    private static void requireWithheld(Path data) {
        KeyConfig keys = KeyConfig.from(Configuration.empty(), data);
        List<UserId> users = new ArrayList<>();
        try (ReadableEventLog log = SegmentEventLog.openReadOnly(data.resolve("log"), keys);
                LogReader reader = log.read(0)) {
            while (reader.poll((offset, event) -> users.add(EventCipher.userOf(event)), 100) > 0) {
                // Reads on.
            }
            assertTrue(users.size() <= log.end() - 21, "the user's events are withheld");
        }
        assertFalse(users.contains(new UserId(USER)));
        assertTrue(users.contains(new UserId(OTHER + 1)));
    }

    private static JsonNode history(RunningServer server, String user) throws Exception {
        return RunningServer.ok(server.get("/v1/users/" + user + "/history?limit=100"))
                .path("entries");
    }

    private static String attribute(RunningServer server) throws Exception {
        JsonNode user = RunningServer.ok(server.get("/v1/users/" + USER));
        return user.path("attributes").path("PLAINname").asText();
    }

    private static String event(String id, String user, String item) {
        return "{\"eventId\":\"%s\",\"user\":\"%s\",\"item\":\"%s\",\"type\":\"click\"}%n".formatted(id, user, item);
    }

    private static void deleteSnapshots(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("snapshots"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static void copyAll(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static List<Path> containing(Path directory, String text) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
                    found.add(file);
                }
            }
        }
        return found;
    }
}
