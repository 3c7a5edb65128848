package dev.millrace.console;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Default;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.client.MillraceClient;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What is stored, the import of events as JSON lines, and the erasure of a user. Thread-safe. */
@Blocking
final class DataEndpoint {
    private static final int PAGE = 25;

    private final Pages pages;

    DataEndpoint(Pages pages) {
        this.pages = pages;
    }

    @Get("/console/data")
    public HttpResponse page(ServiceRequestContext context) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> pages.page("data", Map.of("stats", client.stats())));
    }

    @Get("/console/data/items")
    public HttpResponse items(
            ServiceRequestContext context,
            @Param("query") @Default("") String query,
            @Param("offset") @Default("0") int offset) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> pages.page(
                "items", Map.of("page", client.items(Math.max(0, offset), PAGE, query.strip()), "query", query)));
    }

    @Post("/console/data/events")
    public HttpResponse importEvents(ServiceRequestContext context, @Param("lines") @Default("") String lines) {
        MillraceClient client = SessionGate.client(context);
        byte[] body = lines.getBytes(StandardCharsets.UTF_8);
        return pages.orNotice(() ->
                pages.page("importResult", Map.of("result", client.eventLines(() -> new ByteArrayInputStream(body)))));
    }

    /** @param again the id once more: nobody can take an erasure back */
    @Post("/console/data/erase")
    public HttpResponse erase(
            ServiceRequestContext context,
            @Param("user") @Default("") String user,
            @Param("again") @Default("") String again) {
        MillraceClient client = SessionGate.client(context);
        String id = user.strip();
        if (id.isEmpty() || !id.equals(again.strip())) {
            return pages.page(
                    "notice",
                    Map.of(
                            "text",
                            "Nobody was erased: type the same id twice, since an erasure cannot be taken back."));
        }
        return pages.orNotice(() -> pages.page("erasure", Map.of("receipt", client.deleteUser(id))));
    }
}
