package dev.millrace.server.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** Lets a request pass that carries a key. Thread-safe. */
public final class KeyGate implements DecoratingHttpServiceFunction {
    private static final String SCHEME = "Bearer ";
    private static final AsciiString API_KEY = HttpHeaderNames.of("x-api-key");

    private final AdminKeys keys;

    public KeyGate(AdminKeys keys) {
        this.keys = keys;
    }

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        String key = key(request.headers());
        if (key != null && keys.accepts(key)) {
            return delegate.serve(context, request);
        }
        String detail = key == null
                ? "There is no key; send Authorization: Bearer KEY or X-Api-Key: KEY"
                : "The key is not known; use the one that was printed at the server's first start";
        return ProblemAnswers.answer(context, new MillraceException(ErrorCode.UNAUTHENTICATED, detail))
                .toHttpResponse();
    }

    private static @Nullable String key(RequestHeaders headers) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return authorization.substring(SCHEME.length()).strip();
        }
        return headers.get(API_KEY);
    }
}
