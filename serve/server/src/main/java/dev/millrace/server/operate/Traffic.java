package dev.millrace.server.operate;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.logging.RequestLog;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.model.Slate;
import dev.millrace.runtime.Metrics;
import dev.millrace.server.rpc.RpcOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import org.HdrHistogram.Recorder;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Counts every request of the API as it ends. Thread-safe. */
public final class Traffic implements DecoratingHttpServiceFunction {
    private static final long LONGEST_MICROS = 60_000_000;
    private static final Set<String> ANSWERS = Set.of(
            "/v1/recommend",
            "/v1/recommend/next",
            "/v1/similar",
            "/v1/rerank",
            "/millrace.v1.Recommender/Recommend",
            "/millrace.v1.Recommender/Next",
            "/millrace.v1.Recommender/Similar",
            "/millrace.v1.Recommender/Rerank");

    private final LongAdder requests = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder degraded = new LongAdder();
    private final Recorder latencyMicros = new Recorder(LONGEST_MICROS, 2);
    private final Timer latency;
    private final Counter degradations;

    public Traffic(Metrics metrics) {
        this.latency = metrics.timer("answer.latency", "time from a request for an answer to the end of the answer");
        this.degradations =
                metrics.counter("answer.degraded", "answers that lack a part, such as a stage that was late");
        metrics.gauge("requests.total", "requests of the API since the start", requests::sum);
        metrics.gauge(
                "requests.failed",
                "requests since the start that were answered with a status of 500 or above",
                errors::sum);
        metrics.gauge(
                "requests.rejected", "requests since the start that were refused for lack of capacity", rejected::sum);
    }

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        var _ = context.log().whenComplete().thenAccept(this::ended);
        return delegate.serve(context, request);
    }

    /** Counts a slate that lacks some of its parts. */
    public void answered(Slate slate) {
        if (!slate.degradations().isEmpty()) {
            degraded.increment();
            degradations.increment();
        }
    }

    public long requests() {
        return requests.sum();
    }

    /** Requests for an answer that got one. */
    long answered() {
        return answered.sum();
    }

    /** Answers with a status of 500 or above. */
    long errors() {
        return errors.sum();
    }

    /** Requests that were refused for lack of capacity. */
    long rejected() {
        return rejected.sum();
    }

    long degraded() {
        return degraded.sum();
    }

    /** The latencies of answers since they were last read from it. */
    Recorder latencyMicros() {
        return latencyMicros;
    }

    private void ended(RequestLog log) {
        requests.increment();
        int status = status(log);
        if (status >= 500) {
            errors.increment();
        } else if (status == 429) {
            rejected.increment();
        } else if (status == 200 && ANSWERS.contains(log.context().path())) {
            answered.increment();
            long micros = TimeUnit.NANOSECONDS.toMicros(log.totalDurationNanos());
            latencyMicros.recordValue(Math.min(LONGEST_MICROS, micros));
            latency.record(micros, TimeUnit.MICROSECONDS);
        }
    }

    /** 0 where no answer began. */
    private static int status(RequestLog log) {
        if (!log.isAvailable(RequestLogProperty.RESPONSE_HEADERS)) {
            return 0;
        }
        int status = log.responseStatus().code();
        return status == 200 && RpcOutcome.isCall(log.context().path()) ? RpcOutcome.httpStatus(log) : status;
    }
}
