package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.wire.OpenApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page of the API shows all that the description says, needs nothing else, and has no link that leads nowhere. */
final class ApiPageTest {
    private static final Pattern ADDRESS = Pattern.compile("(?:href|src)=\"([^\"]*)\"");
    private static final Pattern ID = Pattern.compile(" id=\"([^\"]*)\"");

    @Test
    void page_withoutAKey_showsEveryOperationAndType(@TempDir Path data) throws Exception {
        try (RunningServer server = RunningServer.start(data)) {
            HttpResponse<String> response = server.send(server.request("/docs").GET());
            assertEquals(200, response.statusCode());
            assertEquals(
                    "text/html; charset=utf-8",
                    response.headers().firstValue("Content-Type").orElse(""));
            assertTrue(response.headers()
                    .firstValue("Content-Security-Policy")
                    .orElse("")
                    .startsWith("default-src 'none'"));
            String page = response.body();
            requireWhole(page);
            requireOwnLinks(page, server);
            assertEquals(page, server.send(server.request("/docs/").GET()).body());
        }
    }

    private static void requireWhole(String page) throws Exception {
        JsonNode api = RunningServer.JSON.readTree(OpenApi.json());
        Set<String> ids = found(ID, page);
        for (JsonNode path : api.path("paths")) {
            for (JsonNode operation : path) {
                assertTrue(ids.contains(operation.path("operationId").asText()), operation.toString());
            }
        }
        api.path("components").path("schemas").fieldNames().forEachRemaining(name -> {
            assertTrue(ids.contains("type-" + name), name);
        });
        assertFalse(page.contains("grpc.reflection"), "internal routes");
        assertFalse(page.contains("<script"), "scripts");
    }

    private static void requireOwnLinks(String page, RunningServer server) throws Exception {
        Set<String> ids = found(ID, page);
        for (String address : found(ADDRESS, page)) {
            if (address.startsWith("#")) {
                assertTrue(ids.contains(address.substring(1)), address);
            } else if (!address.equals("data:,")) {
                assertTrue(address.startsWith("/") && !address.startsWith("//"), address + " is elsewhere");
                assertEquals(200, server.send(server.request(address).GET()).statusCode(), address);
            }
        }
        String style = server.send(server.request("/docs/docs.css").GET()).body();
        assertFalse(style.contains("url(") || style.contains("@import"), "the style asks for something else");
    }

    private static Set<String> found(Pattern pattern, String page) {
        Set<String> found = new HashSet<>();
        Matcher matcher = pattern.matcher(page);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }
}
