package dev.millrace.server.answer;

import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.features.Catalog;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Query;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.recommend.Answer;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.recommend.ServedAnswer;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import dev.millrace.server.http.Problems;
import dev.millrace.wire.Given;
import dev.millrace.wire.recommend.BatchRecommendRequest;
import dev.millrace.wire.recommend.BatchRecommendResponse;
import dev.millrace.wire.recommend.BatchRecommendResponse.Outcome;
import dev.millrace.wire.recommend.Explanation;
import dev.millrace.wire.recommend.NextPageRequest;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RerankRequest;
import dev.millrace.wire.recommend.SimilarRequest;
import dev.millrace.wire.recommend.SimilarResponse;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where recommendation requests come in: each gets its deadline and its place among the admitted, then
 * {@link RecommendPipeline#run} answers it. REST and gRPC share these methods. Thread-safe.
 */
public final class RecommendEndpoint {
    private final RecommendPipeline pipeline;
    private final AnswerPool pool;
    private final Answers answers;
    private final Deadlines deadlines;
    private final AnswerListener listener;

    public RecommendEndpoint(
            RecommendPipeline pipeline, AnswerPool pool, Catalog catalog, Duration budget, AnswerListener listener) {
        this.pipeline = pipeline;
        this.pool = pool;
        this.answers = new Answers(catalog);
        this.deadlines = new Deadlines(budget);
        this.listener = listener;
    }

    @Post("/v1/recommend")
    public CompletableFuture<RecommendResponse> recommend(RecommendRequest request, ServiceRequestContext context) {
        Query query = Queries.of(request);
        Deadline deadline = deadlines.fromNow(context, request.deadlineMillis());
        return pool.answer(Priority.INTERACTIVE, deadline, () -> answer(query, deadline));
    }

    @Post("/v1/recommend/batch")
    public CompletableFuture<BatchRecommendResponse> batch(BatchRecommendRequest batch, ServiceRequestContext context) {
        List<Outcome> outcomes = new ArrayList<>(batch.requests().size());
        return answerFrom(0, batch.requests(), outcomes, context)
                .thenApply(done -> new BatchRecommendResponse(outcomes));
    }

    @Post("/v1/recommend/next")
    public CompletableFuture<RecommendResponse> next(NextPageRequest request, ServiceRequestContext context) {
        int count = Queries.count(request.count());
        Deadline deadline = deadlines.fromNow(context, null);
        return pool.answer(Priority.INTERACTIVE, deadline, () -> {
            long began = System.nanoTime();
            Answer page = pipeline.nextPage(request.cursor(), count, deadline);
            Query query = page.query();
            return answered(query.user().value(), query.scenario(), page.slate(), page.next(), began);
        });
    }

    @Post("/v1/similar")
    public CompletableFuture<SimilarResponse> similar(SimilarRequest request, ServiceRequestContext context) {
        ItemId item = Given.id("item", request.item(), ItemId::new);
        int count = Queries.count(request.count());
        Filter filter = request.filter() == null ? new Filter.All() : request.filter();
        Deadline deadline = deadlines.fromNow(context, null);
        return pool.answer(Priority.INTERACTIVE, deadline, () -> {
            long began = System.nanoTime();
            Slate slate = pipeline.similar(item, count, filter, deadline);
            listener.answered(slate);
            return answers.similar(request.item(), slate, micros(began));
        });
    }

    @Post("/v1/rerank")
    public CompletableFuture<RecommendResponse> rerank(RerankRequest request, ServiceRequestContext context) {
        UserId user = Given.id("user", request.user(), UserId::new);
        List<ItemId> items = Queries.items("items", request.items());
        Deadline deadline = deadlines.fromNow(context, null);
        return pool.answer(Priority.INTERACTIVE, deadline, () -> {
            long began = System.nanoTime();
            Slate slate = pipeline.rerank(user, items, request.explain(), deadline);
            return answered(request.user(), "rerank", slate, null, began);
        });
    }

    @Get("/v1/explain/{recommendationId}")
    public Explanation explain(@Param("recommendationId") String id) {
        ServedAnswer found = pipeline.explain(Given.id("recommendationId", id, RecommendationId::new))
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.NOT_FOUND,
                        "Recommendation '" + id
                                + "' is not among the recent ones; explain it sooner after it was given"));
        return new Explanation(
                id,
                found.servedAt(),
                answers.of(found.user().value(), found.scenario(), found.slate(), null, 0),
                pipeline.describe(found.scenario()));
    }

    private RecommendResponse answer(Query query, Deadline deadline) {
        long began = System.nanoTime();
        Answer answer = pipeline.run(query, deadline);
        return answered(query.user().value(), query.scenario(), answer.slate(), answer.next(), began);
    }

    private RecommendResponse answered(String user, String scenario, Slate slate, @Nullable String next, long began) {
        listener.answered(slate);
        return answers.of(user, scenario, slate, next, micros(began));
    }

    /** One after the other, so that a batch takes one place among the admitted and not a hundred. */
    private CompletableFuture<?> answerFrom(
            int first, List<RecommendRequest> requests, List<Outcome> outcomes, ServiceRequestContext context) {
        if (first == requests.size()) {
            return CompletableFuture.completedFuture(outcomes);
        }
        return outcome(requests.get(first), context).thenCompose(outcome -> {
            outcomes.add(outcome);
            return answerFrom(first + 1, requests, outcomes, context);
        });
    }

    /** One bad request of a batch is told in its place and does not fail the others. */
    private CompletableFuture<Outcome> outcome(RecommendRequest request, ServiceRequestContext context) {
        CompletableFuture<RecommendResponse> response;
        try {
            Query query = Queries.of(request);
            Deadline deadline = deadlines.fromNow(context, request.deadlineMillis());
            response = pool.answer(Priority.BACKGROUND, deadline, () -> answer(query, deadline));
        } catch (InvalidValueException e) {
            response = CompletableFuture.failedFuture(e);
        }
        return response.handle((answer, failure) ->
                failure == null ? new Outcome(answer, null) : new Outcome(null, Problems.of(failure, null, null)));
    }

    private static long micros(long began) {
        return (System.nanoTime() - began) / 1000;
    }
}
