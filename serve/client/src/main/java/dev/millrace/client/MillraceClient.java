package dev.millrace.client;

import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.catalog.ItemPage;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.catalog.UserErasure;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.catalog.UserPage;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;
import dev.millrace.wire.operate.ModelCurve;
import dev.millrace.wire.operate.ModelList;
import dev.millrace.wire.operate.PipelineList;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.operate.Stats;
import dev.millrace.wire.operate.StatsSeries;
import dev.millrace.wire.operate.TrainingStatus;
import dev.millrace.wire.recommend.BatchRecommendRequest;
import dev.millrace.wire.recommend.BatchRecommendResponse;
import dev.millrace.wire.recommend.Explanation;
import dev.millrace.wire.recommend.NextPageRequest;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RerankRequest;
import dev.millrace.wire.recommend.SimilarRequest;
import dev.millrace.wire.recommend.SimilarResponse;

import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;

/**
 * The public API from Java: one method per route, each of which throws {@link ApiException} for every answer that is
 * not a success. Thread-safe; keep one for the life of the process.
 */
public final class MillraceClient implements AutoCloseable {
    private final Transport transport;

    public MillraceClient(ClientConfig config) {
        this.transport = new Transport(config);
    }

    /** A client with the default timeouts and retries. */
    public static MillraceClient connect(URI server, String key) {
        return new MillraceClient(ClientConfig.of(server, key));
    }

    public RecommendResponse recommend(RecommendRequest request) {
        return transport.post("/v1/recommend", request, RecommendResponse.class);
    }

    public BatchRecommendResponse recommend(BatchRecommendRequest request) {
        return transport.post("/v1/recommend/batch", request, BatchRecommendResponse.class);
    }

    public RecommendResponse next(NextPageRequest request) {
        return transport.post("/v1/recommend/next", request, RecommendResponse.class);
    }

    public SimilarResponse similar(SimilarRequest request) {
        return transport.post("/v1/similar", request, SimilarResponse.class);
    }

    public RecommendResponse rerank(RerankRequest request) {
        return transport.post("/v1/rerank", request, RecommendResponse.class);
    }

    public Explanation explain(String recommendationId) {
        return transport.get("/v1/explain/" + Transport.encode(recommendationId), Explanation.class);
    }

    /** Safe to repeat: an event whose id is known has no effect. */
    public IngestResult events(List<EventBody> events) {
        return transport.post("/v1/events", events, IngestResult.class);
    }

    /** Sends lines of JSON as they come; the source is opened once and not retried. */
    public IngestResult eventLines(Supplier<? extends InputStream> lines) {
        return transport.postLines("/v1/events", lines, IngestResult.class);
    }

    public IngestResult items(List<ItemBody> items) {
        return transport.post("/v1/items", items, IngestResult.class);
    }

    public ItemBody putItem(String id, ItemBody item) {
        return transport.put("/v1/items/" + Transport.encode(id), item, ItemBody.class);
    }

    public ItemBody item(String id) {
        return transport.get("/v1/items/" + Transport.encode(id), ItemBody.class);
    }

    public void deleteItem(String id) {
        transport.delete("/v1/items/" + Transport.encode(id));
    }

    /** @param query a part of an id or title; empty for all */
    public ItemPage items(int offset, int limit, String query) {
        return transport.get(
                "/v1/items?offset=" + offset + "&limit=" + limit + "&query=" + Transport.encode(query), ItemPage.class);
    }

    public IngestResult users(List<UserBody> users) {
        return transport.post("/v1/users", users, IngestResult.class);
    }

    public UserBody putUser(String id, UserBody user) {
        return transport.put("/v1/users/" + Transport.encode(id), user, UserBody.class);
    }

    public UserBody user(String id) {
        return transport.get("/v1/users/" + Transport.encode(id), UserBody.class);
    }

    /** Erases a user for good; the receipt says what nobody can read any more. */
    public UserErasure deleteUser(String id) {
        return transport.delete("/v1/users/" + Transport.encode(id), UserErasure.class);
    }

    /** Takes back a user who was erased and came back; what was before stays unreadable. */
    public UserBody readmitUser(String id, UserBody user) {
        return transport.put("/v1/users/" + Transport.encode(id) + "?readmit=true", user, UserBody.class);
    }

    /** @param query a part of an id; empty for all */
    public UserPage users(int offset, int limit, String query) {
        return transport.get(
                "/v1/users?offset=" + offset + "&limit=" + limit + "&query=" + Transport.encode(query), UserPage.class);
    }

    public UserHistory history(String user) {
        return transport.get("/v1/users/" + Transport.encode(user) + "/history", UserHistory.class);
    }

    public Stats stats() {
        return transport.get("/v1/stats", Stats.class);
    }

    public StatsSeries series(int minutes) {
        return transport.get("/v1/stats/series?minutes=" + minutes, StatsSeries.class);
    }

    public void reference(ReferencePoint point) {
        transport.post("/v1/references", point);
    }

    public ModelList models() {
        return transport.get("/v1/models", ModelList.class);
    }

    public ModelCurve curve(String version) {
        return transport.get("/v1/models/" + Transport.encode(version) + "/curve", ModelCurve.class);
    }

    public ModelList promote(String version) {
        return transport.post("/v1/models/" + Transport.encode(version) + "/promote", "", ModelList.class);
    }

    /** Makes the version answer that answered before the present one. */
    public ModelList rollBack() {
        return transport.post("/v1/models/rollback", "", ModelList.class);
    }

    public TrainingStatus training() {
        return transport.get("/v1/training", TrainingStatus.class);
    }

    /** Starts a training now, unless one runs already. */
    public TrainingStatus train() {
        return transport.post("/v1/training", "", TrainingStatus.class);
    }

    public PipelineList pipelines() {
        return transport.get("/v1/pipelines", PipelineList.class);
    }

    /** Whether the server answers and is warm. */
    public boolean ready() {
        return transport.succeeds("/health/ready");
    }

    /** Waits for open requests to end. */
    @Override
    public void close() {
        transport.close();
    }
}
