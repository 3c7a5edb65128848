package dev.millrace.console;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.millrace.client.ApiException;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.Utf8ByteOutput;

import java.util.Map;
import java.util.function.Supplier;

/** Renders templates to answers with the headers that keep a page to itself. Thread-safe. */
final class Pages {
    /** Own scripts and styles only; uPlot sizes its canvas through style attributes. */
    private static final String POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
            + " frame-ancestors 'none'; form-action 'self'";

    private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);

    HttpResponse page(String template, Map<String, Object> parameters) {
        return page(HttpStatus.OK, template, parameters);
    }

    HttpResponse page(HttpStatus status, String template, Map<String, Object> parameters) {
        Utf8ByteOutput output = new Utf8ByteOutput();
        templates.render(template + ".jte", parameters, output);
        ResponseHeaders headers = ResponseHeaders.builder(status)
                .contentType(MediaType.HTML_UTF_8)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY)
                .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer")
                .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
                .build();
        return HttpResponse.of(headers, HttpData.wrap(output.toByteArray()));
    }

    /** The answer, or a notice in its place that says what the API said. */
    HttpResponse orNotice(Supplier<HttpResponse> answer) {
        try {
            return answer.get();
        } catch (ApiException e) {
            // htmx shows a fragment only when its status is a success.
            return page("notice", Map.of("text", String.valueOf(e.getMessage())));
        }
    }
}
