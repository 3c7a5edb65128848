package dev.millrace.audience;

import dev.millrace.client.ClientConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;

import java.util.List;

/** The public API over the network. Writes are repeated when the server is busy; questions are not, so that every refusal counts. */
public final class ClientApi implements PublicApi, AutoCloseable {
    private final MillraceClient writes;
    private final MillraceClient questions;

    public ClientApi(ClientConfig config) {
        writes = new MillraceClient(config);
        questions = new MillraceClient(config.withoutRetries());
    }

    @Override
    public RecommendResponse recommend(RecommendRequest request) {
        return questions.recommend(request);
    }

    @Override
    public void events(List<EventBody> events) {
        requireAllAccepted(writes.events(events));
    }

    @Override
    public void items(List<ItemBody> items) {
        requireAllAccepted(writes.items(items));
    }

    @Override
    public void reference(ReferencePoint point) {
        writes.reference(point);
    }

    @Override
    public void close() {
        questions.close();
        writes.close();
    }

    private static void requireAllAccepted(IngestResult result) {
        if (result.rejectedCount() > 0) {
            throw new IllegalStateException("the server rejected " + result.rejectedCount() + " entries, the first: "
                    + result.rejected().getFirst());
        }
    }
}
