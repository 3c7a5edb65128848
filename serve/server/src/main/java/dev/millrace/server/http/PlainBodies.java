package dev.millrace.server.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.wire.Problem;

/**
 * Refuses compressed bodies: read as they are they would be garbage, and unpacked they could be of any size. Stateless.
 */
final class PlainBodies implements DecoratingHttpServiceFunction {
    private static final String PLAIN = "identity";

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING);
        if (encoding == null || encoding.equalsIgnoreCase(PLAIN)) {
            return delegate.serve(context, request);
        }
        Problem problem = Problems.encoded(encoding, context.path(), Traces.idOf(context));
        return ProblemAnswers.write(problem, 0)
                .toHttpResponse()
                .mapHeaders(headers -> headers.toBuilder()
                        .set(HttpHeaderNames.ACCEPT_ENCODING, PLAIN)
                        .build());
    }
}
