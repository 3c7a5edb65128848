package dev.millrace.console;

import com.linecorp.armeria.common.Cookie;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Default;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.client.ApiException;
import dev.millrace.client.ClientConfig;
import dev.millrace.client.MillraceClient;

import java.net.URI;
import java.util.Map;

/** Signing in with an API key, or with a token that stands for one; and signing out. Thread-safe. */
@Blocking
final class SignInEndpoint {
    private static final String PATH = Console.ROOT + "/sign-in";

    private final Sessions sessions;
    private final Pages pages;

    SignInEndpoint(Sessions sessions, Pages pages) {
        this.sessions = sessions;
        this.pages = pages;
    }

    @Get("/console/sign-in")
    public HttpResponse form() {
        return pages.page("signIn", Map.of("problem", ""));
    }

    @Post("/console/sign-in")
    public HttpResponse signIn(ServiceRequestContext context, @Param("key") @Default("") String typed) {
        URI server = server(context);
        String key = typed.strip();
        try (MillraceClient client =
                new MillraceClient(ClientConfig.of(server, key).withoutRetries())) {
            client.stats();
        } catch (ApiException | IllegalArgumentException e) {
            return pages.page(HttpStatus.UNAUTHORIZED, "signIn", Map.of("problem", String.valueOf(e.getMessage())));
        }
        return enter(context, sessions.open(server, key));
    }

    @Get("/console/enter")
    public HttpResponse enterWithToken(ServiceRequestContext context, @Param("token") @Default("") String token) {
        String key = sessions.redeem(token);
        return key == null ? HttpResponse.ofRedirect(PATH) : enter(context, sessions.open(server(context), key));
    }

    @Post("/console/sign-out")
    public HttpResponse signOut(RequestHeaders headers) {
        String session = SessionGate.sessionName(headers);
        if (session != null && SessionGate.comesFromHere(headers)) {
            sessions.end(session);
        }
        return HttpResponse.ofRedirect(HttpStatus.SEE_OTHER, PATH);
    }

    private static HttpResponse enter(ServiceRequestContext context, String session) {
        Cookie cookie = Cookie.secureBuilder(SessionGate.COOKIE, session)
                .path(Console.ROOT)
                .httpOnly(true)
                .sameSite("Strict")
                .secure(context.sessionProtocol().isTls())
                .build();
        return HttpResponse.of(ResponseHeaders.builder(HttpStatus.SEE_OTHER)
                .set(HttpHeaderNames.SET_COOKIE, cookie.toSetCookieHeader())
                .set(HttpHeaderNames.LOCATION, Console.ROOT)
                .build());
    }

    /** The public API stands on the port that this request came to. */
    private static URI server(ServiceRequestContext context) {
        int port = context.localAddress().getPort();
        return URI.create((context.sessionProtocol().isTls() ? "https" : "http") + "://127.0.0.1:" + port);
    }
}
