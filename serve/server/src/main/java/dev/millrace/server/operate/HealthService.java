package dev.millrace.server.operate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.AbstractHttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.wire.WireJson;

/** {@code /health}: the state of the server and what an operator has to look at, without a key. Thread-safe. */
public final class HealthService extends AbstractHttpService {
    private final Condition condition;

    public HealthService(Condition condition) {
        this.condition = condition;
    }

    @Override
    protected HttpResponse doGet(ServiceRequestContext context, HttpRequest request) throws JsonProcessingException {
        return HttpResponse.of(
                status(), MediaType.JSON_UTF_8, WireJson.strict().writeValueAsString(condition.health()));
    }

    @Override
    protected HttpResponse doHead(ServiceRequestContext context, HttpRequest request) {
        return HttpResponse.of(status());
    }

    private HttpStatus status() {
        return condition.isReady() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
    }
}
