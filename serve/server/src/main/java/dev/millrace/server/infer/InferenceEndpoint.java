package dev.millrace.server.infer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.annotation.ExceptionHandler;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.models.ranker.RankerSignature.Port;
import dev.millrace.wire.WireJson;
import io.netty.util.AsciiString;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** The Open Inference Protocol over HTTP, as clients of KServe and Triton send it. Thread-safe. */
@ExceptionHandler(InferenceFailures.class)
public final class InferenceEndpoint {
    static final String SERVER = "millrace";
    static final String PLATFORM = "onnxruntime_onnx";
    static final List<String> EXTENSIONS = List.of("binary_tensor_data");
    private static final AsciiString JSON_LENGTH = HttpHeaderNames.of("inference-header-content-length");

    private final Inference inference;
    private final String serverVersion;
    private final BooleanSupplier ready;

    public InferenceEndpoint(Inference inference, String serverVersion, BooleanSupplier ready) {
        this.inference = inference;
        this.serverVersion = serverVersion;
        this.ready = ready;
    }

    @Get("/v2")
    public HttpResponse server() {
        ObjectNode root = object().put("name", SERVER).put("version", serverVersion);
        ArrayNode extensions = root.putArray("extensions");
        EXTENSIONS.forEach(extensions::add);
        return json(root);
    }

    @Get("/v2/health/live")
    public HttpResponse live() {
        return json(object().put("live", true));
    }

    @Get("/v2/health/ready")
    public HttpResponse ready() {
        boolean now = ready.getAsBoolean();
        return HttpResponse.of(
                now ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
                MediaType.JSON,
                object().put("ready", now).toString());
    }

    @Get("/v2/models/{model}")
    public HttpResponse model(@Param("model") String model) {
        return version(model, "");
    }

    @Get("/v2/models/{model}/versions/{version}")
    public HttpResponse version(@Param("model") String model, @Param("version") String version) {
        return inference
                .rankers()
                .use(model, version, (ranker, live) -> json(metadata(model, live, ranker.signature())));
    }

    @Get("/v2/models/{model}/ready")
    public HttpResponse modelReady(@Param("model") String model) {
        return versionReady(model, "");
    }

    @Get("/v2/models/{model}/versions/{version}/ready")
    public HttpResponse versionReady(@Param("model") String model, @Param("version") String version) {
        return inference
                .rankers()
                .use(
                        model,
                        version,
                        (ranker, live) -> json(object().put("name", model).put("ready", true)));
    }

    @Post("/v2/models/{model}/infer")
    public CompletableFuture<HttpResponse> infer(@Param("model") String model, AggregatedHttpRequest request) {
        return inferVersion(model, "", request);
    }

    @Post("/v2/models/{model}/versions/{version}/infer")
    public CompletableFuture<HttpResponse> inferVersion(
            @Param("model") String model, @Param("version") String version, AggregatedHttpRequest request) {
        byte[] body = request.content().array();
        InferenceJson.Request call = InferenceJson.read(body, jsonBytes(request, body.length));
        return inference.infer(model, version, call.call()).thenApply(answer -> encoded(answer, call));
    }

    private static int jsonBytes(AggregatedHttpRequest request, int whole) {
        String announced = request.headers().get(JSON_LENGTH);
        if (announced == null) {
            return whole;
        }
        try {
            return Integer.parseInt(announced);
        } catch (NumberFormatException e) {
            throw Inference.invalid(
                    "Inference-Header-Content-Length is '" + announced + "'; give the length of the JSON in bytes");
        }
    }

    private static HttpResponse encoded(InferenceAnswer answer, InferenceJson.Request call) {
        try {
            InferenceJson.Encoded encoded = InferenceJson.write(answer, call);
            ResponseHeadersBuilder headers = ResponseHeaders.builder(HttpStatus.OK);
            if (encoded.jsonBytes() < 0) {
                headers.contentType(MediaType.JSON);
            } else {
                headers.contentType(MediaType.OCTET_STREAM).setInt(JSON_LENGTH, encoded.jsonBytes());
            }
            return HttpResponse.of(headers.build(), HttpData.wrap(encoded.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode metadata(String model, String version, RankerSignature signature) {
        ObjectNode root = object().put("name", model);
        root.putArray("versions").add(version);
        root.put("platform", PLATFORM);
        ports(root.putArray("inputs"), signature.inputs());
        ports(root.putArray("outputs"), signature.outputs());
        return root;
    }

    private static void ports(ArrayNode into, List<Port> ports) {
        for (Port port : ports) {
            ArrayNode shape = into.addObject()
                    .put("name", port.name())
                    .put("datatype", port.type().name())
                    .putArray("shape");
            for (long axis : port.shape(-1)) {
                shape.add(axis);
            }
        }
    }

    private static ObjectNode object() {
        return WireJson.strict().createObjectNode();
    }

    private static HttpResponse json(ObjectNode root) {
        return HttpResponse.of(MediaType.JSON, root.toString());
    }
}
