package dev.millrace.server.http;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.ShuttingDownException;
import com.linecorp.armeria.common.stream.AbortedStreamException;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.wire.Given;
import dev.millrace.wire.Problem;
import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What to tell the caller of each failure: the one place where failures become problems. Stateless. */
public final class Problems {
    private static final String TYPE = "https://millrace.dev/problems/";

    private Problems() {}

    public static Problem of(Throwable failure, @Nullable String instance, @Nullable String traceId) {
        return switch (unwrap(failure)) {
            case InvalidValueException e ->
                problem(ErrorCode.INVALID_REQUEST, 400, text(e), instance, traceId)
                        .about(e.field(), fix(Given.problem(e)));
            case OverloadedException e ->
                problem(ErrorCode.OVERLOADED, 429, text(e), instance, traceId)
                        .about("", "try again after the time that Retry-After gives");
            case MillraceException e ->
                problem(e.code(), e.code().httpStatus(), detail(e), instance, traceId)
                        .about("", fix(detail(e)));
            case ContentTooLargeException e -> tooLarge(e.maxContentLength(), instance, traceId);
            case RequestTimeoutException e ->
                problem(ErrorCode.INVALID_REQUEST, 408, "The request did not arrive in time", instance, traceId)
                        .about("", "send the whole body at once");
            case InterruptedIOException _, ClosedStreamException _, AbortedStreamException _ ->
                problem(ErrorCode.INVALID_REQUEST, 400, "The body ended before it was whole", instance, traceId)
                        .about("", "send it again");
            // What was still under way when the time to drain was over.
            case ShuttingDownException _ -> ofStatus(503, null, instance, traceId);
            case HttpStatusException e
            when e.getCause() instanceof ContentTooLargeException large ->
                tooLarge(large.maxContentLength(), instance, traceId);
            case HttpStatusException e -> ofStatus(e.httpStatus().code(), null, instance, traceId);
            case HttpResponseException e -> ofStatus(500, null, instance, traceId);
            case Throwable e ->
                problem(
                                ErrorCode.INTERNAL,
                                500,
                                "A defect of Millrace; the server's log tells more under this trace id",
                                instance,
                                traceId)
                        .about("", "report it with the trace id");
        };
    }

    /** What Armeria itself refuses: no such route, wrong method, unreadable protocol. */
    static Problem ofStatus(
            int status, @Nullable String description, @Nullable String instance, @Nullable String traceId) {
        String detail = description == null || description.isEmpty() ? "The request was refused" : description;
        return switch (status) {
            case 404 ->
                problem(ErrorCode.NOT_FOUND, status, "There is no such route", instance, traceId)
                        .about("", "see /openapi.json for the routes");
            case 405 ->
                problem(ErrorCode.INVALID_REQUEST, status, "This route does not take this method", instance, traceId)
                        .about("", "see /openapi.json for the methods of the route");
            case 415 ->
                problem(ErrorCode.INVALID_REQUEST, status, "The body's content type is not known", instance, traceId)
                        .about("", "send application/json");
            case 503 ->
                problem(ErrorCode.UNAVAILABLE, status, "The server is starting or draining", instance, traceId)
                        .about("", "try again in a second");
            default ->
                problem(
                                status < 500 ? ErrorCode.INVALID_REQUEST : ErrorCode.INTERNAL,
                                status,
                                detail,
                                instance,
                                traceId)
                        .about("", "");
        };
    }

    /** @param limitBytes the largest body that the route takes */
    static Problem tooLarge(long limitBytes, @Nullable String instance, @Nullable String traceId) {
        String detail = "The body is larger than the " + limitBytes + " bytes that this route takes";
        return problem(ErrorCode.TOO_LARGE, 413, detail, instance, traceId)
                .about(
                        "",
                        "send fewer entries at once, or stream them as application/x-ndjson where the route takes it");
    }

    /** A body that came compressed. */
    static Problem encoded(String encoding, @Nullable String instance, @Nullable String traceId) {
        String detail = "The body has the content encoding '" + encoding + "', which is not read";
        return problem(ErrorCode.INVALID_REQUEST, 415, detail, instance, traceId)
                .about("", "send it as it is, without Content-Encoding");
    }

    /** The cause that matters, without the wrapping of futures. */
    public static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** By the convention of every message, what to do stands after the last semicolon. */
    private static String fix(String problem) {
        int semicolon = problem.lastIndexOf("; ");
        return semicolon < 0 ? "" : problem.substring(semicolon + 2);
    }

    /** A failure inside is told in general words: its message may name paths of the machine. */
    private static String detail(MillraceException e) {
        return e.code() == ErrorCode.INTERNAL ? "A defect of Millrace; the server's log tells more" : text(e);
    }

    private static String text(Throwable e) {
        return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName())
                .strip();
    }

    private static Refusal problem(
            ErrorCode code, int status, String detail, @Nullable String instance, @Nullable String traceId) {
        return new Refusal(code, status, detail, instance, traceId);
    }

    private record Refusal(
            ErrorCode code,
            int status,
            String detail,
            @Nullable String instance,
            @Nullable String traceId) {
        Problem about(String field, String fix) {
            String name = code.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            return new Problem(
                    TYPE + name,
                    title(),
                    status,
                    detail,
                    instance,
                    code.name(),
                    field.isEmpty() ? null : field,
                    fix.isEmpty() ? null : fix,
                    traceId);
        }

        private String title() {
            return switch (code) {
                case INVALID_REQUEST -> "The request is not valid";
                case UNAUTHENTICATED -> "A key is needed";
                case FORBIDDEN -> "The key does not allow this";
                case NOT_FOUND -> "Not found";
                case CONFLICT -> "The request contradicts the present state";
                case TOO_LARGE -> "The body is too large";
                case OVERLOADED -> "Too many requests";
                case DEADLINE_EXCEEDED -> "No answer in time";
                case UNAVAILABLE -> "Not available now";
                case STORAGE_FAILED -> "The storage failed";
                case INTERNAL -> "Internal error";
            };
        }
    }
}
