package dev.millrace.server.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AsciiString;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Gives each request the trace id of its W3C {@code traceparent}, or a new one, and sends it back. Thread-safe. */
public final class Traces implements DecoratingHttpServiceFunction {
    /** The name of the trace id in log lines. */
    public static final String KEY = "traceId";

    private static final AsciiString HEADER = HttpHeaderNames.of("traceparent");
    private static final Pattern FORM = Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);
    private static final AttributeKey<String> TRACE_ID = AttributeKey.valueOf(Traces.class, "TRACE_ID");

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        String given = request.headers().get(HEADER);
        String flags = "00";
        String traceId = null;
        if (given != null) {
            var matcher = FORM.matcher(given);
            if (matcher.matches()
                    && !matcher.group(1).equals(NO_TRACE)
                    && !matcher.group(2).equals(NO_SPAN)) {
                traceId = matcher.group(1);
                flags = matcher.group(3);
            }
        }
        traceId = traceId == null ? random() + random() : traceId;
        context.setAttr(TRACE_ID, traceId);
        context.addAdditionalResponseHeader(HEADER, "00-" + traceId + "-" + random() + "-" + flags);
        return delegate.serve(context, request);
    }

    /** The trace id of a request; a new one where it came in another way. */
    public static String idOf(ServiceRequestContext context) {
        String id = context.attr(TRACE_ID);
        return id == null ? random() + random() : id;
    }

    /** The trace id of the request that this thread works on; null outside of one. */
    public static @Nullable String currentId() {
        ServiceRequestContext context = ServiceRequestContext.currentOrNull();
        return context == null ? null : context.attr(TRACE_ID);
    }

    /** 16 hex digits that are not all zero. */
    private static String random() {
        long bits;
        do {
            bits = ThreadLocalRandom.current().nextLong();
        } while (bits == 0);
        return HexFormat.of().toHexDigits(bits);
    }
}
