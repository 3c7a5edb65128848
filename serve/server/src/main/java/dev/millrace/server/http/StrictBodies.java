package dev.millrace.server.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.RequestConverterFunction;
import dev.millrace.wire.StrictJson;
import org.jspecify.annotations.Nullable;

import java.lang.reflect.ParameterizedType;

/** Reads the bodies of annotated routes into wire records. Stateless. */
public final class StrictBodies implements RequestConverterFunction {
    private static final String WIRE = "dev.millrace.wire";

    @Override
    public Object convertRequest(
            ServiceRequestContext context,
            AggregatedHttpRequest request,
            Class<?> type,
            @Nullable ParameterizedType parameters) {
        if (!type.getPackageName().startsWith(WIRE)) {
            return RequestConverterFunction.fallthrough();
        }
        requireJson(request.contentType());
        return StrictJson.read(request.content().array(), type);
    }

    /** A body without a content type is taken for JSON: people leave it out. */
    public static void requireJson(@Nullable MediaType type) {
        if (type != null && !type.isJson() && !type.is(MediaType.FORM_DATA)) {
            throw HttpStatusException.of(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
        }
    }
}
