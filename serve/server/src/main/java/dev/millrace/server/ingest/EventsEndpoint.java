package dev.millrace.server.ingest;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.runtime.Clock;
import dev.millrace.wire.StrictJson;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;

import java.util.concurrent.CompletableFuture;

/** Where events come in; each is answered when it is on disk. Thread-safe. */
public final class EventsEndpoint {
    private final BulkIntake bulk;
    private final Clock clock;

    public EventsEndpoint(BulkIntake bulk, Clock clock) {
        this.bulk = bulk;
        this.clock = clock;
    }

    @Post("/v1/events")
    public CompletableFuture<IngestResult> append(ServiceRequestContext context, HttpRequest request) {
        return bulk.receive(
                context,
                request,
                entry -> EventBodies.events(StrictJson.read(entry, EventBody.class), clock.instant()),
                false);
    }
}
