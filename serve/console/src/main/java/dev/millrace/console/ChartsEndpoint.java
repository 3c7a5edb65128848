package dev.millrace.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import dev.millrace.client.ApiException;
import dev.millrace.wire.WireJson;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The points that the console's script draws, as the public API gives them. Thread-safe. */
@Blocking
final class ChartsEndpoint {
    private static final int MINUTES = 30;

    @Get("/console/charts/series")
    public HttpResponse series(ServiceRequestContext context) {
        return points(() -> SessionGate.client(context).series(MINUTES).buckets());
    }

    @Get("/console/charts/curve/{version}")
    public HttpResponse curve(ServiceRequestContext context, @Param("version") String version) {
        return points(() -> SessionGate.client(context).curve(version).points());
    }

    @Get("/console/charts/training")
    public HttpResponse training(ServiceRequestContext context) {
        return points(() -> SessionGate.client(context).training().curve());
    }

    private static HttpResponse points(Supplier<List<?>> points) {
        try {
            String json = WireJson.lenient().writeValueAsString(Map.of("points", points.get()));
            return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, json);
        } catch (ApiException e) {
            return HttpResponse.of(HttpStatus.BAD_GATEWAY, MediaType.PLAIN_TEXT_UTF_8, String.valueOf(e.getMessage()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a chart's points could not be written as JSON", e);
        }
    }
}
