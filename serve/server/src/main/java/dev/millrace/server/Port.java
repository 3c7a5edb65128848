package dev.millrace.server;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerListener;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.healthcheck.HealthCheckService;
import dev.millrace.eventlog.EventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Registry;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Lifecycle;
import dev.millrace.runtime.Metrics;
import dev.millrace.server.answer.AdmissionGate;
import dev.millrace.server.answer.AnswerPool;
import dev.millrace.server.answer.RecommendEndpoint;
import dev.millrace.server.docs.ApiPage;
import dev.millrace.server.hold.StoreWatch;
import dev.millrace.server.http.AdminKeys;
import dev.millrace.server.http.HttpRules;
import dev.millrace.server.http.ServerConfig;
import dev.millrace.server.infer.Inference;
import dev.millrace.server.infer.InferenceEndpoint;
import dev.millrace.server.infer.InferenceRpc;
import dev.millrace.server.ingest.AppliedOffsets;
import dev.millrace.server.ingest.BulkIntake;
import dev.millrace.server.ingest.Erasures;
import dev.millrace.server.ingest.EventsEndpoint;
import dev.millrace.server.ingest.Freshness;
import dev.millrace.server.ingest.HistoryReader;
import dev.millrace.server.ingest.IngestAgent;
import dev.millrace.server.ingest.Intake;
import dev.millrace.server.ingest.ItemBodies;
import dev.millrace.server.ingest.ItemsEndpoint;
import dev.millrace.server.ingest.UserBodies;
import dev.millrace.server.ingest.UsersEndpoint;
import dev.millrace.server.operate.Condition;
import dev.millrace.server.operate.HealthService;
import dev.millrace.server.operate.ModelsEndpoint;
import dev.millrace.server.operate.Series;
import dev.millrace.server.operate.StageMetrics;
import dev.millrace.server.operate.StatsEndpoint;
import dev.millrace.server.operate.StatsReader;
import dev.millrace.server.operate.Traffic;
import dev.millrace.server.operate.TrainingAgent;
import dev.millrace.server.rpc.RecommenderRpc;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.wire.OpenApi;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;

/** Every route of the server on its one port. Used once, by the starting thread. */
final class Port {
    private static final MediaType EXPOSITION = MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

    private final ServerConfig config;
    private final Parts parts;
    private final Ingest ingest;
    private final Operation operation;
    private final Condition condition;

    /** What answers are made of. */
    record Parts(
            EventLog log,
            FeatureState state,
            RecommendPipeline pipeline,
            AnswerPool pool,
            ModelSlot<LiveModel> models,
            Registry registry,
            Clock clock) {}

    /** What events go through. */
    record Ingest(
            IngestAgent agent, AppliedOffsets applied, Freshness freshness, KeyTable userKeys, StoreWatch store) {}

    /** What operators see. */
    record Operation(
            AdminKeys keys,
            Traffic traffic,
            Series series,
            TrainingAgent training,
            Inference inference,
            PrometheusMeterRegistry meters,
            Metrics metrics) {}

    Port(ServerConfig config, Parts parts, Ingest ingest, Operation operation) {
        this.config = config;
        this.parts = parts;
        this.ingest = ingest;
        this.operation = operation;
        this.condition = new Condition(ingest.agent, ingest.store);
    }

    /** Opens the port; it drains when the lifecycle closes. */
    Server open(List<ServerExtension> extensions, Lifecycle lifecycle) throws Exception {
        AtomicReference<@Nullable Server> opened = new AtomicReference<>();
        ServerBuilder builder = Server.builder().http(new InetSocketAddress(config.host(), config.port()));
        // A decorator that is added later comes earlier: who has no key hears that, and what is refused is counted.
        AdmissionGate.mount(builder, parts.pool.admission(), config.deadline());
        HttpRules.apply(builder, config, operation.keys);
        addApi(builder);
        addInference(builder);
        addOperation(builder);
        builder.serverListener(ServerListener.builder()
                .whenStopping(server -> condition.draining())
                .build());
        ServerContext context = new ServerContext(operation.keys::accepts, () -> uri(opened.get()));
        extensions.forEach(extension -> extension.configure(builder, context));
        Server server = builder.build();
        opened.set(server);
        lifecycle.add("port", server);
        try {
            server.start().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException refused ? notBound(refused) : e;
        }
        return server;
    }

    private MillraceException notBound(IOException why) {
        return new MillraceException(
                ErrorCode.UNAVAILABLE,
                "port " + config.port() + " on " + config.host() + " cannot be taken (" + why.getMessage()
                        + "); end what holds it, or give another port: 0 takes a free one",
                why);
    }

    /** Where the server answers on this machine. */
    URI uri(@Nullable Server server) {
        if (server == null) {
            throw new IllegalStateException("the port is not open yet");
        }
        String host = config.host();
        boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
        return URI.create("http://" + (everywhere ? "127.0.0.1" : host.contains(":") ? "[" + host + "]" : host) + ":"
                + server.activeLocalPort());
    }

    /** The code is warm. */
    void ready() {
        condition.warm();
    }

    private void addApi(ServerBuilder builder) {
        Intake intake = new Intake(parts.log, ingest.applied, ingest.freshness);
        Erasures erasures = new Erasures(ingest.userKeys, ingest.agent, parts.pipeline);
        BulkIntake bulk = new BulkIntake(intake, erasures, config.limits());
        ItemBodies items = new ItemBodies(parts.state.catalog(), parts.clock);
        UserBodies users = new UserBodies(parts.state.users(), parts.state.userAttributes(), parts.clock);
        HistoryReader histories = new HistoryReader(parts.state.userRows(), parts.state.catalog());
        UsersEndpoint usersEndpoint = new UsersEndpoint(bulk, intake, erasures, users, histories);
        RecommendEndpoint recommendations = new RecommendEndpoint(
                parts.pipeline, parts.pool, parts.state.catalog(), config.deadline(), operation.traffic::answered);
        StatsReader stats = new StatsReader(
                parts.log, parts.state, parts.models, ingest.agent, operation.traffic, intake, condition);
        stats.register(operation.metrics, parts.pool.admission());
        StageMetrics.register(operation.metrics, parts.pipeline.pipelines());
        builder.decoratorUnder("/v1", operation.traffic)
                .decoratorUnder("/millrace.v1.Recommender", operation.traffic)
                .annotatedService(recommendations)
                .annotatedService(new EventsEndpoint(bulk, parts.clock))
                .annotatedService(new ItemsEndpoint(bulk, intake, items))
                .annotatedService(usersEndpoint)
                .annotatedService(new StatsEndpoint(stats::read, operation.series, parts.pipeline))
                .annotatedService(new ModelsEndpoint(parts.registry, operation.training))
                .service(new RecommenderRpc(recommendations, bulk, items, usersEndpoint)
                        .service(new InferenceRpc(operation.inference, StatsReader.version(), condition::isReady)));
    }

    private void addInference(ServerBuilder builder) {
        String version = StatsReader.version();
        builder.annotatedService()
                .maxRequestLength(config.limits().bulkBytes())
                .build(new InferenceEndpoint(operation.inference, version, condition::isReady));
    }

    private void addOperation(ServerBuilder builder) {
        String openApi = OpenApi.json();
        ApiPage.mount(builder, openApi);
        builder.service("/openapi.json", (context, request) -> HttpResponse.of(MediaType.JSON, openApi))
                .service("/metrics", this::metrics)
                .service("/health", new HealthService(condition))
                .service(
                        "/health/live",
                        HealthCheckService.builder().longPolling(Duration.ZERO).build())
                .service(
                        "/health/ready",
                        HealthCheckService.builder()
                                .checkers(condition::isWarm, () -> !condition.standsStill())
                                .longPolling(Duration.ZERO)
                                .build());
    }

    private HttpResponse metrics(ServiceRequestContext context, HttpRequest request) {
        return HttpResponse.of(EXPOSITION, operation.meters.scrape());
    }
}
