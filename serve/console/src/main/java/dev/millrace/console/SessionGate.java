package dev.millrace.console;

import com.linecorp.armeria.common.Cookie;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import dev.millrace.client.MillraceClient;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.Objects;

/** Lets only signed-in browsers through, and only forms that come from the console's own pages. Thread-safe. */
final class SessionGate extends SimpleDecoratingHttpService {
    static final String COOKIE = "millrace-session";

    private static final AttributeKey<MillraceClient> CLIENT = AttributeKey.valueOf(SessionGate.class, "CLIENT");

    private final Sessions sessions;

    SessionGate(HttpService delegate, Sessions sessions) {
        super(delegate);
        this.sessions = sessions;
    }

    /** The client of the session that the request belongs to. */
    static MillraceClient client(ServiceRequestContext context) {
        return Objects.requireNonNull(context.attr(CLIENT), "the request has not passed the gate");
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
        RequestHeaders headers = request.headers();
        if (!headers.method().equals(HttpMethod.GET) && !comesFromHere(headers)) {
            return HttpResponse.of(
                    HttpStatus.FORBIDDEN, MediaType.PLAIN_TEXT_UTF_8, "This form was sent from another site.");
        }
        String session = sessionName(headers);
        MillraceClient client = session == null ? null : sessions.find(session);
        if (client == null) {
            return toSignIn(headers);
        }
        context.setAttr(CLIENT, client);
        return unwrap().serve(context, request);
    }

    static @Nullable String sessionName(RequestHeaders headers) {
        for (Cookie cookie : headers.cookies()) {
            if (cookie.name().equals(COOKIE)) {
                return cookie.value();
            }
        }
        return null;
    }

    /** A browser says with each form where it comes from; a SameSite cookie alone lets sister sites in. */
    static boolean comesFromHere(RequestHeaders headers) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin == null) {
            return "same-origin".equals(headers.get("sec-fetch-site"));
        }
        try {
            String authority = headers.authority();
            return authority != null && authority.equals(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException notAnOrigin) {
            return false;
        }
    }

    private static HttpResponse toSignIn(RequestHeaders headers) {
        if (headers.contains("hx-request")) {
            // htmx would follow a redirect inside the fragment; this header makes it leave the page.
            return HttpResponse.of(
                    ResponseHeaders.of(HttpStatus.UNAUTHORIZED, "hx-redirect", Console.ROOT + "/sign-in"));
        }
        return HttpResponse.ofRedirect(HttpStatus.SEE_OTHER, Console.ROOT + "/sign-in");
    }
}
