package dev.millrace.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.ResponseConverterFunction;
import dev.millrace.wire.WireJson;
import org.jspecify.annotations.Nullable;

/** Writes the wire records that annotated routes return. Stateless. */
public final class JsonAnswers implements ResponseConverterFunction {
    private static final String WIRE = "dev.millrace.wire";

    @Override
    public HttpResponse convertResponse(
            ServiceRequestContext context, ResponseHeaders headers, @Nullable Object result, HttpHeaders trailers)
            throws JsonProcessingException {
        if (result == null || !result.getClass().getPackageName().startsWith(WIRE)) {
            return ResponseConverterFunction.fallthrough();
        }
        return HttpResponse.of(json(headers), HttpData.wrap(WireJson.strict().writeValueAsBytes(result)), trailers);
    }

    private static ResponseHeaders json(ResponseHeaders headers) {
        return headers.toBuilder().contentType(MediaType.JSON).build();
    }
}
