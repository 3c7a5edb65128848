package dev.millrace.server.answer;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.runtime.Admission;
import dev.millrace.runtime.AdmissionControl;
import dev.millrace.runtime.Priority;
import dev.millrace.server.http.OverloadAnswer;

import java.time.Duration;
import java.util.List;

/**
 * The door of one route: turns away what the {@link AnswerPool} would refuse at this moment, on the event loop and before
 * the body is parsed. The rule is that of the pool's {@link AdmissionControl}; who passes still asks there for a place.
 * Thread-safe.
 */
public final class AdmissionGate implements DecoratingHttpServiceFunction {
    /** What one person waits for. A batch is told of a refusal in the place of each of its requests, so it passes. */
    private static final List<String> ROUTES =
            List.of("/v1/recommend", "/v1/recommend/next", "/v1/similar", "/v1/rerank");

    private final AdmissionControl admission;
    private final Deadlines deadlines;
    private final OverloadAnswer refusal;

    private AdmissionGate(AdmissionControl admission, Deadlines deadlines, String route) {
        this.admission = admission;
        this.deadlines = deadlines;
        this.refusal = OverloadAnswer.of(route);
    }

    /** Puts a gate before each route that makes one answer. */
    public static void mount(ServerBuilder builder, AdmissionControl admission, Duration budget) {
        Deadlines deadlines = new Deadlines(budget);
        for (String route : ROUTES) {
            builder.decorator(route, new AdmissionGate(admission, deadlines, route));
        }
    }

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        if (context.method() != HttpMethod.POST) {
            return delegate.serve(context, request);
        }
        Admission.Rejection rejection = admission.tryReject(Priority.INTERACTIVE, deadlines.ofArrival(context));
        return rejection == null ? delegate.serve(context, request) : refusal.to(context, rejection.retryAfterMillis());
    }
}
