package dev.millrace.console;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Delete;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Header;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.wire.WireJson;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.catalog.ItemPage;
import dev.millrace.wire.catalog.UserBody;
import dev.millrace.wire.catalog.UserErasure;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.catalog.UserPage;
import dev.millrace.wire.ingest.IngestResult;
import dev.millrace.wire.operate.ModelCurve;
import dev.millrace.wire.operate.ModelList;
import dev.millrace.wire.operate.PipelineList;
import dev.millrace.wire.operate.Stats;
import dev.millrace.wire.operate.StatsSeries;
import dev.millrace.wire.operate.TrainingStatus;
import dev.millrace.wire.recommend.RecommendResponse;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The public API as the console sees it, over a few rows in memory: a click puts its item into the history. */
@Blocking
final class FakeApi {
    static final String KEY = "test-key";
    private static final Instant THEN = Instant.parse("2026-11-01T12:00:00Z");

    /** Newest first. */
    private final List<UserHistory.Entry> history =
            new ArrayList<>(List.of(new UserHistory.Entry("i9", "Ninth", List.of(), "click", THEN)));

    private int clicks;
    private String live = "aaaaaaaaaaaaaaaaaaaa";

    void mount(ServerBuilder server) {
        server.annotatedService()
                .decorator((delegate, context, request) -> KEY.equals(
                                        request.headers().get("x-api-key"))
                                || ("Bearer " + KEY).equals(request.headers().get("authorization"))
                        ? delegate.serve(context, request)
                        : problem())
                .build(this);
    }

    private static HttpResponse problem() {
        return HttpResponse.of(
                HttpStatus.UNAUTHORIZED,
                MediaType.parse("application/problem+json"),
                "{\"type\":\"about:blank\",\"title\":\"Unauthenticated\",\"status\":401,"
                        + "\"detail\":\"the key is not known\",\"code\":\"UNAUTHENTICATED\"}");
    }

    @Get("/v1/stats")
    public HttpResponse stats() {
        return json(new Stats(
                "0.1.0",
                "ready",
                1234,
                56,
                7890,
                new Stats.Log(0, 7890, 7890, 0),
                live,
                3_700_000,
                new Stats.Totals(4321, 1, 2, 3, 7890, 4),
                new Stats.StoreDamage(List.of("/data/store/0.log at byte <7>: torn"), "Delete the store")));
    }

    @Get("/v1/stats/series")
    public HttpResponse series() {
        List<StatsSeries.Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            buckets.add(new StatsSeries.Bucket(
                    THEN.plusSeconds(10L * i),
                    90 + i % 7,
                    4.5,
                    17 + i % 5,
                    0,
                    0,
                    i % 11 == 0 ? 1 : 0,
                    2,
                    9,
                    Map.of(
                            "home", new StatsSeries.Clicks(900, 120 + 4L * i),
                            "popularity", new StatsSeries.Clicks(900, 110),
                            "random", new StatsSeries.Clicks(900, 60)),
                    Map.of("oracle", new StatsSeries.Clicks(900, 360))));
        }
        return json(new StatsSeries(10, buckets));
    }

    @Get("/v1/users")
    public HttpResponse users() {
        return json(new UserPage(List.of(new UserBody("u1", Map.of()), new UserBody("u2", Map.of())), 2, 0, 50));
    }

    @Get("/v1/users/{id}/history")
    public HttpResponse history(@Param("id") String id) {
        return json(new UserHistory(id, history, List.of()));
    }

    @Delete("/v1/users/{id}")
    public HttpResponse erase(@Param("id") String id) {
        return json(new UserErasure(
                id, THEN, 3, true, List.of("events in the log"), List.of("models that were trained before")));
    }

    @Get("/v1/pipelines")
    public HttpResponse pipelines() {
        return json(new PipelineList(List.of(
                new PipelineList.Pipeline("home", "hydrate\nsources\nscore"),
                new PipelineList.Pipeline("popularity", "trending"))));
    }

    @Post("/v1/recommend")
    public HttpResponse recommend() {
        List<RecommendResponse.RankedItem> items = new ArrayList<>();
        for (int rank = 1; rank <= 10; rank++) {
            items.add(new RecommendResponse.RankedItem(
                    "i" + (rank + clicks),
                    rank,
                    1f / rank,
                    0.9f,
                    List.of("vector", "trending"),
                    "Because of <Alien>",
                    rank == 3 ? "The <b>bold</b> one" : null,
                    Map.of("model", 0.7f, "freshness", 0.1f),
                    Map.of("click", 0.031f, "complaint", 0.0004f)));
        }
        return json(new RecommendResponse(
                "r1",
                "u1",
                "home",
                "home",
                live,
                items,
                List.of(
                        new RecommendResponse.StageTrace("encode", 480, "ok"),
                        new RecommendResponse.StageTrace("vector", 1900, "late")),
                List.of(new RecommendResponse.DegradedStage("vector", "late after 2 ms")),
                null,
                3456));
    }

    @Post("/v1/events")
    public HttpResponse events(ServiceRequestContext context, @Header("content-type") String type, String body) {
        if (type.contains("ndjson")) {
            return json(new IngestResult(
                    1, 0, 1, List.of(new IngestResult.Reject(2, "type", "'dance' is not an action")), 9L));
        }
        clicks++;
        history.addFirst(new UserHistory.Entry("i2", "Second", List.of("drama"), "click", THEN));
        return json(new IngestResult(1, 0, 0, List.of(), 8L));
    }

    @Get("/v1/models")
    public HttpResponse models() {
        return json(new ModelList(List.of(model("aaaaaaaaaaaaaaaaaaaa"), model("bbbbbbbbbbbbbbbbbbbb")), live));
    }

    @Post("/v1/models/{version}/promote")
    public HttpResponse promote(@Param("version") String version) {
        live = version;
        return models();
    }

    @Post("/v1/models/rollback")
    public HttpResponse rollBack() {
        live = live.startsWith("a") ? "bbbbbbbbbbbbbbbbbbbb" : "aaaaaaaaaaaaaaaaaaaa";
        return models();
    }

    @Get("/v1/models/{version}/curve")
    public HttpResponse curve(@Param("version") String version) {
        List<ModelCurve.Point> points = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            points.add(new ModelCurve.Point(100L * i, 3.0 * i, 6.5 - 0.1 * i, 0.1 + 0.003 * i, 0.2));
        }
        return json(new ModelCurve(version, points));
    }

    @Get("/v1/training")
    public HttpResponse training() {
        return json(new TrainingStatus("running", 0.4, "epoch 3", THEN, null, null, null, List.of()));
    }

    @Post("/v1/training")
    public HttpResponse train() {
        return training();
    }

    @Get("/v1/items")
    public HttpResponse items() {
        return json(new ItemPage(List.of(ItemBody.of("i1", "First", List.of("drama", "war"))), 1, 0, 25));
    }

    private ModelList.Model model(String version) {
        return new ModelList.Model(
                version,
                THEN,
                "sasrec",
                64,
                50,
                1234,
                version.equals(live),
                Map.of("ndcg10", 0.1512, "hr10", 0.27),
                Map.of("seed", "7", "budget", "demo"),
                Map.of(),
                version.startsWith("a") ? List.of("bbbbbbbbbbbbbbbbbbbb") : List.of(),
                1_234_567,
                "0123456789abcdef");
    }

    private static HttpResponse json(Object value) {
        try {
            String text = Objects.requireNonNull(WireJson.lenient().writeValueAsString(value));
            return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
