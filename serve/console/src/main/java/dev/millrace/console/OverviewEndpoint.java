package dev.millrace.console;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Get;
import dev.millrace.client.MillraceClient;
import dev.millrace.wire.operate.StatsSeries;

import java.util.List;
import java.util.Map;

/** How the server is doing now and over the last half hour. Thread-safe. */
@Blocking
final class OverviewEndpoint {
    private final Pages pages;

    OverviewEndpoint(Pages pages) {
        this.pages = pages;
    }

    @Get("/console")
    public HttpResponse page() {
        return pages.page("overview", Map.of());
    }

    @Get("/console/tiles")
    public HttpResponse tiles(ServiceRequestContext context) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> pages.page(
                "tiles",
                Map.of(
                        "stats",
                        client.stats(),
                        "recent",
                        lastWhole(client.series(2).buckets()))));
    }

    /** The newest bucket is still being filled: the one before it, where there is one. */
    private static List<StatsSeries.Bucket> lastWhole(List<StatsSeries.Bucket> buckets) {
        return buckets.size() < 2 ? List.of() : List.of(buckets.get(buckets.size() - 2));
    }
}
