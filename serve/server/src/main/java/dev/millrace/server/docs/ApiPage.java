package dev.millrace.server.docs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Serves the API's description as one page without scripts, which asks nothing of any other place. Immutable. */
public final class ApiPage {
    private static final String PATH = "/docs";
    private static final String STYLE = "docs.css";
    private static final String POLICY =
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private ApiPage() {}

    /** @param openApi the description, in JSON */
    public static void mount(ServerBuilder builder, String openApi) {
        HttpService page = constant(MediaType.HTML_UTF_8, HttpData.ofUtf8(new ApiText(parse(openApi)).html()));
        builder.service(PATH, page)
                .service(PATH + "/", page)
                .service(PATH + "/" + STYLE, constant(MediaType.CSS_UTF_8, style()));
    }

    private static HttpService constant(MediaType type, HttpData content) {
        ResponseHeaders headers = ResponseHeaders.builder(200)
                .contentType(type)
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY)
                .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer")
                .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
                .build();
        return (context, request) -> HttpResponse.of(headers, content);
    }

    private static JsonNode parse(String openApi) {
        try {
            return new ObjectMapper().readTree(openApi);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the description of the API is not JSON", e);
        }
    }

    private static HttpData style() {
        try (InputStream in = ApiPage.class.getResourceAsStream(STYLE)) {
            if (in == null) {
                throw new IllegalStateException(STYLE + " is not beside " + ApiPage.class.getName());
            }
            return HttpData.wrap(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + STYLE, e);
        }
    }
}
