package dev.millrace.server.infer;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.ExceptionHandlerFunction;
import dev.millrace.server.http.ProblemAnswers;
import dev.millrace.server.http.Problems;
import dev.millrace.wire.Problem;
import dev.millrace.wire.WireJson;

/** Failures as the protocol writes them: the status, and an object with the one field {@code error}. Stateless. */
public final class InferenceFailures implements ExceptionHandlerFunction {
    @Override
    public HttpResponse handleException(ServiceRequestContext context, HttpRequest request, Throwable failure) {
        if (failure instanceof HttpResponseException ready) {
            return ready.httpResponse();
        }
        int status = ProblemAnswers.answer(context, failure).status().code(); // which logs what is a defect
        Problem problem = Problems.of(Problems.unwrap(failure), null, null);
        String json = WireJson.strict()
                .createObjectNode()
                .put("error", problem.detail())
                .toString();
        return HttpResponse.of(HttpStatus.valueOf(status), MediaType.JSON, json);
    }
}
