package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/** The server is closed to everybody without its key. */
final class KeysTest {
    @TempDir
    private Path data;

    @Test
    void firstStart_makesAKey_thatOnlyItsHashRemembers() throws Exception {
        Configuration settings = Configuration.of(
                Map.of("server.data-dir", data.toString(), "server.port", "0", "server.warm-up", "0s"));
        String key;
        try (MillraceServer server = MillraceServer.start(settings, List.of())) {
            key = server.adminKey().orElseThrow();
            assertTrue(key.length() > 40);
        }
        Path file = data.resolve("keys/admin.json");
        assertFalse(Files.readString(file).contains(key));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("keys"))));
        try (MillraceServer second = MillraceServer.start(settings, List.of())) {
            assertTrue(second.adminKey().isEmpty());
            assertEquals(200, statusWith(second, "Authorization", "Bearer " + key));
            assertEquals(200, statusWith(second, "X-Api-Key", key));
            assertEquals(401, statusWith(second, "Authorization", "Bearer " + key + "x"));
            assertEquals(401, statusWith(second, "Authorization", "Basic " + key));
        }
    }

    @Test
    void keyThatIsSet_revokesTheOneOfBefore_alsoOnceItIsNoLongerSet() throws Exception {
        Configuration plain = Configuration.of(
                Map.of("server.data-dir", data.toString(), "server.port", "0", "server.warm-up", "0s"));
        String old;
        try (MillraceServer server = MillraceServer.start(plain, List.of())) {
            old = server.adminKey().orElseThrow();
        }
        RunningServer.start(data).close();
        for (Configuration settings : List.of(
                Configuration.of(Map.of(
                        "server.data-dir",
                        data.toString(),
                        "server.port",
                        "0",
                        "server.warm-up",
                        "0s",
                        "server.admin-key",
                        RunningServer.KEY)),
                plain)) {
            try (MillraceServer server = MillraceServer.start(settings, List.of())) {
                assertEquals(200, statusWith(server, "X-Api-Key", RunningServer.KEY));
                assertEquals(401, statusWith(server, "X-Api-Key", old));
            }
        }
    }

    @Test
    void start_withoutTheKeysOfItsLog_isRefusedAndMakesNone() throws Exception {
        try (RunningServer server = RunningServer.start(data)) {
            RunningServer.ok(server.post(
                    "/v1/events", "{\"eventId\":\"e1\",\"user\":\"u1\",\"item\":\"i1\",\"type\":\"click\"}"));
        }
        Path keys = data.resolve("keys");
        Path away = Files.move(keys, data.resolve("away"));
        MillraceException refused = assertThrows(MillraceException.class, () -> RunningServer.start(data));
        assertTrue(String.valueOf(refused.getMessage()).contains("put this folder back"), refused::getMessage);
        assertFalse(Files.exists(keys), "a refused start makes no keys");
        Files.move(away, keys);
        RunningServer.start(data).close();
    }

    @Test
    void firstStart_onATakenPort_saysSoAndLeavesTheKeyToTheNext() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Configuration settings = Configuration.of(
                    Map.of("server.data-dir", data.toString(), "server.port", Integer.toString(taken.getLocalPort())));
            MillraceException refused =
                    assertThrows(MillraceException.class, () -> MillraceServer.start(settings, List.of()));
            assertTrue(String.valueOf(refused.getMessage()).contains("port " + taken.getLocalPort()));
        }
        Configuration free = Configuration.of(
                Map.of("server.data-dir", data.toString(), "server.port", "0", "server.warm-up", "0s"));
        try (MillraceServer server = MillraceServer.start(free, List.of())) {
            assertTrue(server.adminKey().isPresent());
        }
    }

    @Test
    void withoutKey_isUnauthenticated_butForWhatIsOpen() throws Exception {
        try (RunningServer server = RunningServer.start(data)) {
            for (String path : List.of("/v1/stats", "/v1/items", "/metrics", "/v1/nonsense")) {
                HttpResponse<String> response = server.send(server.request(path).GET());
                assertEquals(401, response.statusCode(), path);
                assertEquals(
                        "Bearer",
                        response.headers().firstValue("WWW-Authenticate").orElse(""));
                assertEquals(
                        "UNAUTHENTICATED",
                        RunningServer.json(response).path("code").asText());
            }
            for (String path : List.of("/health/live", "/health/ready", "/openapi.json", "/docs/")) {
                assertEquals(200, server.send(server.request(path).GET()).statusCode(), path);
            }
        }
    }

    @Test
    void damagedKeyFile_isNamed_andOpensNothing() throws Exception {
        Files.createDirectories(data.resolve("keys"));
        Files.writeString(data.resolve("keys/admin.json"), "{\"hash\":\"12\"}");
        Configuration settings = Configuration.of(
                Map.of("server.data-dir", data.toString(), "server.port", "0", "server.warm-up", "0s"));
        MillraceException e = assertThrows(MillraceException.class, () -> MillraceServer.start(settings, List.of()));
        assertTrue(String.valueOf(e.getMessage()).contains("admin.json"));
    }

    private static int statusWith(MillraceServer server, String header, String value) throws Exception {
        var request = java.net.http.HttpRequest.newBuilder(server.uri().resolve("/v1/stats"))
                .header(header, value)
                .build();
        try (var http = java.net.http.HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }
}
