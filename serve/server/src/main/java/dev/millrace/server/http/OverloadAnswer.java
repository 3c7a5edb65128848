package dev.millrace.server.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The answer of one route to what there is no capacity for: all but the trace id is made beforehand, since under overload
 * most requests get it. It is the document that {@link ProblemAnswers} makes of an {@link OverloadedException}. Immutable.
 */
public final class OverloadAnswer {
    /** The trace id is the last field of a problem. */
    private static final byte[] END = "\"}".getBytes(StandardCharsets.US_ASCII);

    private final ResponseHeaders headers;
    private final byte[] untilTraceId;

    private OverloadAnswer(ResponseHeaders headers, byte[] untilTraceId) {
        this.headers = headers;
        this.untilTraceId = untilTraceId;
    }

    /** @param path the route, which has no parameters */
    public static OverloadAnswer of(String path) {
        AggregatedHttpResponse made = ProblemAnswers.write(Problems.of(OverloadedException.ofWaiting(0), path, ""), 0);
        byte[] body = made.content().array();
        int end = body.length - END.length;
        if (!Arrays.equals(body, end, body.length, END, 0, END.length)) {
            throw new IllegalStateException("a problem does not end with its trace id: " + made.contentUtf8());
        }
        // The length depends on the trace id; whoever writes the answer sets it.
        ResponseHeaders headers = made.headers().toBuilder()
                .removeAndThen(HttpHeaderNames.CONTENT_LENGTH)
                .build();
        return new OverloadAnswer(headers, Arrays.copyOf(body, end));
    }

    public HttpResponse to(ServiceRequestContext context, long retryAfterMillis) {
        String traceId = Traces.idOf(context);
        byte[] body = Arrays.copyOf(untilTraceId, untilTraceId.length + traceId.length() + END.length);
        int at = untilTraceId.length;
        for (int i = 0; i < traceId.length(); i++) {
            body[at++] = (byte) traceId.charAt(i);
        }
        System.arraycopy(END, 0, body, at, END.length);
        return HttpResponse.of(headers(retryAfterMillis), HttpData.wrap(body));
    }

    private ResponseHeaders headers(long retryAfterMillis) {
        String seconds = ProblemAnswers.retryAfterSeconds(retryAfterMillis);
        return seconds.equals(headers.get(HttpHeaderNames.RETRY_AFTER))
                ? headers
                : headers.withMutations(mutable -> mutable.set(HttpHeaderNames.RETRY_AFTER, seconds));
    }
}
