package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The description holds every route, and every route is described. */
final class OpenApiTest {
    @Test
    void description_andRoutes_areTheSame(@TempDir Path data) throws Exception {
        try (RunningServer server = RunningServer.start(data)) {
            assertEquals(served(server.server), described(server));
        }
    }

    private static Set<String> described(RunningServer server) throws Exception {
        Set<String> described = new TreeSet<>();
        JsonNode paths = RunningServer.ok(
                        server.send(server.request("/openapi.json").GET()))
                .path("paths");
        for (var path : paths.properties()) {
            for (var operation : path.getValue().properties()) {
                described.add(operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
            }
        }
        return described;
    }

    /** What is bound to the port, without gRPC and the pages of the documentation. */
    private static Set<String> served(MillraceServer server) {
        Set<String> served = new TreeSet<>();
        for (ServiceConfig service : server.services()) {
            Route route = service.route();
            String path = route.patternString().replaceAll(":([A-Za-z]+)", "{$1}");
            if (path.startsWith("/docs")
                    || path.contains(".v1.")
                    || path.contains("grpc.reflection")
                    || path.startsWith("/inference.")) {
                continue;
            }
            if (path.startsWith("/v1") || path.startsWith("/v2")) {
                for (HttpMethod method : route.methods()) {
                    served.add(method + " " + path);
                }
            } else if (path.startsWith("/health")) {
                served.add("GET " + path);
                served.add("HEAD " + path);
            } else {
                served.add("GET " + path);
            }
        }
        return served;
    }
}
