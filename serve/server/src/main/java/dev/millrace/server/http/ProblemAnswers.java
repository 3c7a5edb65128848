package dev.millrace.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.wire.Problem;
import dev.millrace.wire.WireJson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Answers every failure with problem details. Thread-safe. */
public final class ProblemAnswers implements ServerErrorHandler {
    private static final Logger log = LoggerFactory.getLogger(ProblemAnswers.class);
    private static final MediaType PROBLEM_JSON = MediaType.parse(Problem.MEDIA_TYPE);
    private static final String RETRY_SOON_SECONDS = "1";

    @Override
    public HttpResponse onServiceException(ServiceRequestContext context, Throwable failure) {
        if (failure instanceof HttpResponseException ready) {
            return ready.httpResponse();
        }
        return answer(context, failure).toHttpResponse();
    }

    @Override
    public AggregatedHttpResponse renderStatus(
            @Nullable ServiceRequestContext context,
            ServiceConfig config,
            @Nullable RequestHeaders headers,
            HttpStatus status,
            @Nullable String description,
            @Nullable Throwable cause) {
        AggregatedHttpResponse answer = refused(config, status, description);
        return headers != null && status.equals(HttpStatus.METHOD_NOT_ALLOWED)
                ? withAllowed(answer, config, headers)
                : answer;
    }

    @Override
    public AggregatedHttpResponse onProtocolViolation(
            ServiceConfig config,
            @Nullable RequestHeaders headers,
            HttpStatus status,
            @Nullable String description,
            @Nullable Throwable cause) {
        return refused(config, status, description);
    }

    /** What is refused before any route sees it: its limit is that of all routes. */
    private static AggregatedHttpResponse refused(
            ServiceConfig config, HttpStatus status, @Nullable String description) {
        return write(
                status.equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)
                        ? Problems.tooLarge(config.maxRequestLength(), null, null)
                        : Problems.ofStatus(status.code(), description, null, null),
                0);
    }

    /** The problem of a failure as an answer; what is a defect goes to the log as well. */
    public static AggregatedHttpResponse answer(ServiceRequestContext context, Throwable failure) {
        Throwable cause = Problems.unwrap(failure);
        Problem problem = Problems.of(cause, context.path(), Traces.idOf(context));
        if (problem.status() == 500) {
            MDC.put(Traces.KEY, problem.traceId());
            log.error("{} {} failed", context.method(), context.path(), cause);
            MDC.remove(Traces.KEY);
        }
        return write(problem, cause instanceof OverloadedException overloaded ? overloaded.retryAfterMillis() : 0);
    }

    private static AggregatedHttpResponse withAllowed(
            AggregatedHttpResponse answer, ServiceConfig config, RequestHeaders request) {
        String path = request.path();
        int query = path.indexOf('?');
        String allowed =
                AllowedMethods.of(config.virtualHost().serviceConfigs(), query < 0 ? path : path.substring(0, query));
        ResponseHeaders headers =
                answer.headers().toBuilder().set(HttpHeaderNames.ALLOW, allowed).build();
        return AggregatedHttpResponse.of(headers, answer.content());
    }

    static AggregatedHttpResponse write(Problem problem, long retryAfterMillis) {
        ResponseHeadersBuilder headers =
                ResponseHeaders.builder(problem.status()).contentType(PROBLEM_JSON);
        if (problem.status() == 429 || problem.status() == 503) {
            headers.set(HttpHeaderNames.RETRY_AFTER, retryAfterSeconds(retryAfterMillis));
        }
        if (problem.status() == 401) {
            headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        return AggregatedHttpResponse.of(headers.build(), body(problem));
    }

    /** Whole seconds, rounded up: HTTP knows no smaller unit. */
    static String retryAfterSeconds(long millis) {
        return millis <= 1000 ? RETRY_SOON_SECONDS : Long.toString((millis + 999) / 1000);
    }

    private static HttpData body(Problem problem) {
        try {
            return HttpData.wrap(WireJson.strict().writeValueAsBytes(problem));
        } catch (JsonProcessingException e) {
            return HttpData.ofUtf8("{\"status\":" + problem.status() + ",\"title\":\"unwritable problem\"}");
        }
    }
}
