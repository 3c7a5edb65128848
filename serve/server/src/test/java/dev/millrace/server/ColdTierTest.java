package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.testkit.S3Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A server whose store sends old segments to a directory. */
final class ColdTierTest {
    private static final int USERS = 2_000;

    @TempDir
    private Path folder;

    @Test
    void rowsOfOldSegments_areReadFromTheColdTier_andWhatIsLateIsToldAndNotOverwritten() throws Exception {
        Path data = folder.resolve("data");
        Path cold = folder.resolve("cold");
        Map<String, String> settings = Map.of(
                "store.cold.directory", cold.toString(),
                "store.cold.older-than", "0s",
                // So little memory that rows are read from below.
                "store.user-rows.memory", "64k",
                "store.user-attributes.memory", "256k");
        try (RunningServer server = RunningServer.start(data, settings)) {
            fill(server);
        }
        // The second life begins a segment of its own, and the checkpoint at its end needs the first no more; in the
        // third its copy
        // is made, and the checkpoint at that end names it.
        try (RunningServer server = RunningServer.start(data, settings)) {
            RunningServer.ok(server.post("/v1/events", event("second-life", "another", "i1")));
        }
        try (RunningServer server = RunningServer.start(data, settings)) {
            Await.until(() -> files(cold), objects -> objects > 0);
            assertTrue(server.get("/v1/stats").statusCode() == 200);
        }
        Path away = Files.move(cold, folder.resolve("away"));
        MillraceException refused = assertThrows(MillraceException.class, () -> RunningServer.start(data, settings));
        assertTrue(refused.getMessage().contains("is not there. Is it mounted"), refused.getMessage());
        hollow(away, cold);
        try (RunningServer server = RunningServer.start(data, settings)) {
            assertTrue(metric(server, "millrace_store_cold_segments") > 0, "segments have left the disk");
            String hidden = someoneLate(server);
            assertTrue(metric(server, "millrace_store_cold_degraded_total") > 0, "what is late is counted");
            JsonNode answer = RunningServer.ok(server.post("/v1/recommend", "{\"user\":\"" + hidden + "\"}"));
            assertTrue(
                    answer.path("degraded").toString().contains("what the user did lies in the cold tier"),
                    answer::toString);
            String silent = someoneWithoutAttributes(server);
            JsonNode history = RunningServer.ok(server.get("/v1/users/" + hidden + "/history"));
            String reason = history.path("degraded").path(0).path("reason").asText("none");
            assertTrue(answer.path("degraded").toString().contains(reason), history::toString);
            RunningServer.ok(server.post("/v1/events", event("while-away", hidden, "i9")));
            Files.move(cold, folder.resolve("empty"));
            Files.move(away, cold);
            Await.until(() -> history(server, hidden), entries -> entries == 3);
            Await.until(() -> server.get("/v1/users/" + silent).statusCode(), status -> status == 200);
            JsonNode whole = RunningServer.ok(server.get("/v1/users/" + hidden + "/history"));
            assertTrue(
                    whole.path("degraded").isArray() && whole.path("degraded").isEmpty(), whole::toString);
            for (int user = 0; user < USERS; user += 7) {
                // A read that is late on a busy machine says so, and the row has come by the next.
                String name = "someone-" + user;
                String told = "told-of-" + user;
                Await.until(() -> told(server, name), told::equals);
                Await.until(() -> history(server, name), entries -> entries == (hidden.equals(name) ? 3 : 2));
            }
        }
        try (Stream<Path> all = Files.walk(cold)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertFalse(bytes.contains("someone-"), "ids of users are not in the cold tier");
                assertFalse(bytes.contains("told-of-"), "attributes of users are not there in the clear");
            }
        }
    }

    @Test
    void segments_ofAServerWithABucket_lieThereAndAreReadFromThere() throws Exception {
        Path data = folder.resolve("data");
        Map<String, String> settings = new HashMap<>(Map.of(
                "store.cold.s3.bucket", "cold",
                "store.cold.s3.prefix", "millrace/",
                "store.cold.s3.access-key", S3Server.ACCESS_KEY,
                "store.cold.s3.secret-key", S3Server.SECRET_KEY,
                "store.cold.older-than", "0s",
                "store.user-rows.memory", "64k"));
        try (S3Server bucket = S3Server.start(Files.createDirectories(folder.resolve("s3")))) {
            bucket.makeBucket("cold");
            settings.put("store.cold.s3.endpoint", bucket.endpoint());
            try (RunningServer server = RunningServer.start(data, settings)) {
                fill(server);
            }
            try (RunningServer server = RunningServer.start(data, settings)) {
                RunningServer.ok(server.post("/v1/events", event("second-life", "another", "i1")));
            }
            Path objects = folder.resolve("s3/buckets/cold/millrace");
            try (RunningServer _ = RunningServer.start(data, settings)) {
                Await.until(() -> Files.exists(objects) ? files(objects) : 0, found -> found > 0);
            }
            try (RunningServer server = RunningServer.start(data, settings)) {
                assertTrue(metric(server, "millrace_store_cold_segments") > 0, "segments have left the disk");
                for (int user = 0; user < USERS; user += 7) {
                    String name = "someone-" + user;
                    Await.until(() -> history(server, name), entries -> entries == 2);
                }
                assertTrue(metric(server, "millrace_store_cold_fetches_total") > 0, "rows came from the bucket");
            }
            List<Path> before = objectsIn(objects);
            damage(data.resolve("store"));
            try (RunningServer server = RunningServer.start(data, settings)) {
                assertEquals(2, history(server, "someone-7"), "made anew from the log");
                assertTrue(before.stream().noneMatch(Files::exists), "what the store of before left there is gone");
            }
        }
    }

    private static List<Path> objectsIn(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void damage(Path store) throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            Path segment = files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(segment);
            Arrays.fill(bytes, 0, 64, (byte) 1);
            Files.write(segment, bytes);
        }
    }

    @Test
    void start_withTwoColdTiers_isRefused() {
        Map<String, String> both = Map.of("store.cold.directory", "cold", "store.cold.s3.bucket", "cold");
        InvalidValueException refused =
                assertThrows(InvalidValueException.class, () -> RunningServer.start(folder.resolve("data"), both));
        assertTrue(refused.getMessage().contains("name one"), refused.getMessage());
    }

    /** Objects of the same names, of which nothing can be read. */
    private static void hollow(Path whole, Path into) throws IOException {
        try (Stream<Path> all = Files.walk(whole)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path empty = into.resolve(whole.relativize(file));
                Files.createDirectories(empty.resolveSibling(""));
                Files.createFile(empty);
            }
        }
    }

    /** A user whose row does not come while the cold tier is away. */
    private static String someoneLate(RunningServer server) throws Exception {
        for (int user = 0; user < USERS; user++) {
            if (history(server, "someone-" + user) == 0) {
                return "someone-" + user;
            }
        }
        throw new AssertionError("every row came, though the cold tier is away");
    }

    /** Who reads or changes attributes that are late hears that, and is not told that there are none. */
    private static String someoneWithoutAttributes(RunningServer server) throws Exception {
        for (int user = 0; user < USERS; user++) {
            HttpResponse<String> answer = server.get("/v1/users/someone-" + user);
            if (answer.statusCode() != 200) {
                assertEquals(503, answer.statusCode());
                assertTrue(answer.body().contains("cold tier"), answer.body());
                String change = "{\"attributes\":{\"b\":1}}";
                assertEquals(
                        503,
                        server.send("PATCH", "/v1/users/someone-" + user, change)
                                .statusCode());
                return "someone-" + user;
            }
        }
        throw new AssertionError("all attributes came, though the cold tier is away");
    }

    /** Nothing where it is late. */
    private static String told(RunningServer server, String user) throws Exception {
        HttpResponse<String> answer = server.get("/v1/users/" + user);
        return answer.statusCode() == 503
                ? ""
                : RunningServer.ok(answer).path("attributes").path("a").asText();
    }

    private static void fill(RunningServer server) throws Exception {
        server.addItems(20);
        StringBuilder users = new StringBuilder();
        for (int i = 0; i < USERS; i++) {
            users.append("{\"id\":\"someone-%d\",\"attributes\":{\"a\":\"told-of-%d\",\"b\":\"%s\"}}%n"
                    .formatted(i, i, "x".repeat(300)));
        }
        RunningServer.ok(server.postLines("/v1/users", users.toString()));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2 * USERS; i++) {
            lines.append(event("e" + i, "someone-" + i % USERS, "i" + i % 19));
        }
        RunningServer.ok(server.postLines("/v1/events", lines.toString()));
        Await.until(() -> history(server, "someone-" + (USERS - 1)), entries -> entries == 2);
    }

    private static String event(String id, String user, String item) {
        return "{\"eventId\":\"%s\",\"user\":\"%s\",\"item\":\"%s\",\"type\":\"click\"}%n".formatted(id, user, item);
    }

    private static int history(RunningServer server, String user) throws Exception {
        HttpResponse<String> answer = server.get("/v1/users/" + user + "/history");
        // Whoever is not known yet has done nothing that was applied.
        return answer.statusCode() == 404
                ? 0
                : RunningServer.ok(answer).path("entries").size();
    }

    private static double metric(RunningServer server, String name) throws Exception {
        String scraped = server.send(server.authorized("/metrics").GET()).body();
        return scraped.lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static long files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
