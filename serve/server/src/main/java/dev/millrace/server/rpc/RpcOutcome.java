package dev.millrace.server.rpc;

import com.linecorp.armeria.common.logging.RequestLog;
import dev.millrace.model.ErrorCode;
import io.grpc.Status;

/** How a gRPC call ended, as the HTTP status that the REST API has for it: its own HTTP status is 200 whatever happened. */
public final class RpcOutcome {
    private static final String PATHS = "/millrace.v1.Recommender/";
    private static final String STATUS = "grpc-status";

    private RpcOutcome() {}

    public static boolean isCall(String path) {
        return path.startsWith(PATHS);
    }

    /** @return 0 where the call ended without a status, as when its caller went away */
    public static int httpStatus(RequestLog log) {
        String status = log.responseTrailers().get(STATUS);
        if (status == null) {
            // An answer without a message has its status in the headers.
            status = log.responseHeaders().get(STATUS);
        }
        return status == null ? 0 : httpStatus(code(status));
    }

    private static int httpStatus(Status.Code code) {
        return switch (code) {
            case OK -> 200;
            case RESOURCE_EXHAUSTED -> ErrorCode.OVERLOADED.httpStatus();
            case DEADLINE_EXCEEDED -> ErrorCode.DEADLINE_EXCEEDED.httpStatus();
            case UNAVAILABLE -> ErrorCode.UNAVAILABLE.httpStatus();
            case INTERNAL, UNKNOWN, DATA_LOSS -> ErrorCode.INTERNAL.httpStatus();
            case UNAUTHENTICATED -> ErrorCode.UNAUTHENTICATED.httpStatus();
            case PERMISSION_DENIED -> ErrorCode.FORBIDDEN.httpStatus();
            case NOT_FOUND, UNIMPLEMENTED -> ErrorCode.NOT_FOUND.httpStatus();
            case FAILED_PRECONDITION, ABORTED, ALREADY_EXISTS -> ErrorCode.CONFLICT.httpStatus();
            case CANCELLED -> 0;
            case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorCode.INVALID_REQUEST.httpStatus();
        };
    }

    private static Status.Code code(String status) {
        try {
            return Status.fromCodeValue(Integer.parseInt(status)).getCode();
        } catch (NumberFormatException e) {
            return Status.Code.UNKNOWN;
        }
    }
}
