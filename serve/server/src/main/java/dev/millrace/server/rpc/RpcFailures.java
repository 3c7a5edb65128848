package dev.millrace.server.rpc;

import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.grpc.GrpcExceptionHandlerFunction;
import dev.millrace.model.ErrorCode;
import dev.millrace.server.http.Problems;
import dev.millrace.wire.Problem;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Problems as gRPC knows them: a status, the sentence, and field, fix and code in the trailers. Stateless. */
final class RpcFailures implements GrpcExceptionHandlerFunction {
    private static final Logger log = LoggerFactory.getLogger(RpcFailures.class);
    private static final Metadata.Key<String> CODE = key("millrace-code");
    private static final Metadata.Key<String> FIELD = key("millrace-field");
    private static final Metadata.Key<String> FIX = key("millrace-fix");

    @Override
    public Status apply(RequestContext context, Status status, Throwable cause, Metadata trailers) {
        if (cause instanceof StatusException || cause instanceof StatusRuntimeException) {
            return status;
        }
        Problem problem = Problems.of(cause, null, null);
        if (problem.status() == 500) {
            log.error("{} failed", context.path(), cause);
        }
        trailers.put(CODE, problem.code());
        if (problem.field() != null) {
            trailers.put(FIELD, ascii(problem.field()));
        }
        if (problem.fix() != null) {
            trailers.put(FIX, ascii(problem.fix()));
        }
        return status(ErrorCode.valueOf(problem.code())).withDescription(problem.detail());
    }

    private static Status status(ErrorCode code) {
        return switch (code) {
            case INVALID_REQUEST, TOO_LARGE -> Status.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Status.UNAUTHENTICATED;
            case FORBIDDEN -> Status.PERMISSION_DENIED;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT -> Status.FAILED_PRECONDITION;
            case OVERLOADED -> Status.RESOURCE_EXHAUSTED;
            case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED;
            case UNAVAILABLE, STORAGE_FAILED -> Status.UNAVAILABLE;
            case INTERNAL -> Status.INTERNAL;
        };
    }

    /** Trailers carry printable ASCII alone. */
    private static String ascii(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
