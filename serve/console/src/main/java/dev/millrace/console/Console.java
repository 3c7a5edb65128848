package dev.millrace.console;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;

import java.util.List;
import java.util.function.Function;

/**
 * The console's routes below {@code /console}.
 *
 * <p>Everything but the sign-in page and the static assets passes the {@link SessionGate}. Thread-safe.
 */
public final class Console implements AutoCloseable {
    static final String ROOT = "/console";

    private final Sessions sessions = new Sessions();

    /** Adds the console's routes to a server. */
    public void mount(ServerBuilder server) {
        Pages pages = new Pages();
        Function<? super HttpService, ? extends HttpService> gate = service -> new SessionGate(service, sessions);
        server.serviceUnder(ROOT + "/assets", Assets.service());
        server.annotatedService(new SignInEndpoint(sessions, pages));
        for (Object endpoint : List.of(
                new OverviewEndpoint(pages),
                new TryEndpoint(pages),
                new ModelPageEndpoint(pages),
                new DataEndpoint(pages),
                new ChartsEndpoint())) {
            server.annotatedService().decorator(gate).build(endpoint);
        }
        server.service("/", (context, request) -> HttpResponse.ofRedirect(ROOT));
    }

    /** A path that signs in once, within a minute, without typing the key. */
    public String entryPath(String key) {
        return ROOT + "/enter?token=" + sessions.issueToken(key);
    }

    @Override
    public void close() {
        sessions.close();
    }
}
