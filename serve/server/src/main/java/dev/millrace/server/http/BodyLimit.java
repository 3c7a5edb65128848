package dev.millrace.server.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;

/**
 * Bounds the bodies of routes that may raise the bound for a single request: a bound that a route has from the start
 * refuses a body by the length that it announces, before the route can. Immutable.
 */
public record BodyLimit(long bytes) implements DecoratingHttpServiceFunction {
    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        context.setMaxRequestLength(bytes);
        return delegate.serve(context, request);
    }
}
