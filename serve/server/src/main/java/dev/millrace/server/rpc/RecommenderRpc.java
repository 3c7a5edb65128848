package dev.millrace.server.rpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.millrace.server.answer.RecommendEndpoint;
import dev.millrace.server.ingest.BulkIntake;
import dev.millrace.server.ingest.EventBodies;
import dev.millrace.server.ingest.ItemBodies;
import dev.millrace.server.ingest.UsersEndpoint;
import dev.millrace.wire.catalog.UserReference;
import dev.millrace.wire.grpc.AppendEventsRequest;
import dev.millrace.wire.grpc.EraseUserRequest;
import dev.millrace.wire.grpc.IngestResult;
import dev.millrace.wire.grpc.NextRequest;
import dev.millrace.wire.grpc.RecommendBatchRequest;
import dev.millrace.wire.grpc.RecommendBatchResponse;
import dev.millrace.wire.grpc.RecommendRequest;
import dev.millrace.wire.grpc.RecommendResponse;
import dev.millrace.wire.grpc.RecommenderGrpc;
import dev.millrace.wire.grpc.RerankRequest;
import dev.millrace.wire.grpc.SimilarRequest;
import dev.millrace.wire.grpc.SimilarResponse;
import dev.millrace.wire.grpc.UpsertItemsRequest;
import dev.millrace.wire.grpc.UserErasure;
import io.grpc.BindableService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.stub.StreamObserver;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers gRPC calls through the endpoints of the REST API. Thread-safe. */
public final class RecommenderRpc extends RecommenderGrpc.RecommenderImplBase {
    private final RecommendEndpoint recommendations;
    private final BulkIntake bulk;
    private final ItemBodies items;
    private final UsersEndpoint users;

    public RecommenderRpc(RecommendEndpoint recommendations, BulkIntake bulk, ItemBodies items, UsersEndpoint users) {
        this.recommendations = recommendations;
        this.bulk = bulk;
        this.items = items;
        this.users = users;
    }

    /**
     * The service with reflection, as it is mounted on the port.
     *
     * @param inference the Open Inference Protocol, which clients find by the same reflection
     */
    public GrpcService service(BindableService inference) {
        return GrpcService.builder()
                .addService(this)
                .addService(inference)
                .addService(ProtoReflectionServiceV1.newInstance())
                .exceptionHandler(new RpcFailures())
                .build();
    }

    @Override
    public void recommend(RecommendRequest request, StreamObserver<RecommendResponse> observer) {
        answer(
                observer,
                () -> recommendations.recommend(RpcRequests.recommend(request), context()),
                RpcAnswers::recommendation);
    }

    @Override
    public void recommendBatch(RecommendBatchRequest request, StreamObserver<RecommendBatchResponse> observer) {
        answer(observer, () -> recommendations.batch(RpcRequests.batch(request), context()), RpcAnswers::batch);
    }

    @Override
    public void next(NextRequest request, StreamObserver<RecommendResponse> observer) {
        answer(observer, () -> recommendations.next(RpcRequests.next(request), context()), RpcAnswers::recommendation);
    }

    @Override
    public void similar(SimilarRequest request, StreamObserver<SimilarResponse> observer) {
        answer(observer, () -> recommendations.similar(RpcRequests.similar(request), context()), RpcAnswers::similar);
    }

    @Override
    public void rerank(RerankRequest request, StreamObserver<RecommendResponse> observer) {
        answer(
                observer,
                () -> recommendations.rerank(RpcRequests.rerank(request), context()),
                RpcAnswers::recommendation);
    }

    @Override
    public void appendEvents(AppendEventsRequest request, StreamObserver<IngestResult> observer) {
        List<Supplier<List<? extends dev.millrace.model.Event>>> entries = request.getEventsList().stream()
                .<Supplier<List<? extends dev.millrace.model.Event>>>map(
                        event -> () -> EventBodies.events(RpcRequests.event(event), Instant.now()))
                .toList();
        answer(observer, () -> bulk.receive(context(), entries, false), RpcAnswers::ingested);
    }

    @Override
    public void upsertItems(UpsertItemsRequest request, StreamObserver<IngestResult> observer) {
        List<Supplier<List<? extends dev.millrace.model.Event>>> entries = request.getItemsList().stream()
                .<Supplier<List<? extends dev.millrace.model.Event>>>map(
                        item -> () -> List.of(items.upserted(RpcRequests.item(item))))
                .toList();
        answer(observer, () -> bulk.receive(context(), entries, true), RpcAnswers::ingested);
    }

    /** On a thread that may wait for the disk. */
    @Override
    public void eraseUser(EraseUserRequest request, StreamObserver<UserErasure> observer) {
        answer(
                observer,
                () -> CompletableFuture.supplyAsync(
                        () -> users.erase(new UserReference(request.getUser())),
                        context().blockingTaskExecutor()),
                RpcAnswers::erased);
    }

    private static ServiceRequestContext context() {
        return ServiceRequestContext.current();
    }

    private static <W, M> void answer(
            StreamObserver<M> observer, Supplier<CompletableFuture<W>> call, Function<W, M> translate) {
        CompletableFuture<W> answer;
        try {
            answer = call.get();
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        var _ = answer.thenApply(translate).whenComplete((message, failure) -> {
            if (failure == null) {
                observer.onNext(message);
                observer.onCompleted();
            } else {
                observer.onError(failure);
            }
        });
    }
}
