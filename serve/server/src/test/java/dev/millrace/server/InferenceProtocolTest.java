package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.millrace.inference.RankerImport;
import dev.millrace.models.Registry;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.wire.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.millrace.wire.inference.InferParameter;
import dev.millrace.wire.inference.InferTensorContents;
import dev.millrace.wire.inference.ModelInferRequest;
import dev.millrace.wire.inference.ModelInferResponse;
import dev.millrace.wire.inference.ModelMetadataRequest;
import dev.millrace.wire.inference.ModelReadyRequest;
import dev.millrace.wire.inference.ServerLiveRequest;
import dev.millrace.wire.inference.ServerMetadataRequest;
import dev.millrace.wire.inference.ServerReadyRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** The Open Inference Protocol as clients of KServe and Triton send it: the same bytes, headers and names. */
@Timeout(180)
final class InferenceProtocolTest {
    private static final RankerSignature SIGNATURE =
            RankerSignature.parse("x:float[2],bias:int64->score:float,twice:float[2]");

    @TempDir
    Path data;

    private Registry registry;
    private String version;
    private RunningServer server;

    @BeforeEach
    void start() throws Exception {
        registry = new Registry(data.resolve("models"));
        version = publish(10);
        registry.promote(version);
        server = RunningServer.start(data, java.util.Map.of("inference.max-candidates", "64"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** score = factor · (x0 + x1) + bias; twice = x + x. */
    private String publish(float factor) throws IOException {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("sum");
        Dimension candidates = Dimension.named("N");
        String x = graph.input("x", ElementType.FLOAT, candidates, Dimension.of(2));
        String bias = graph.input("bias", ElementType.INT64, candidates);
        String weight = graph.constant("weight", new float[] {factor, factor}, 2, 1);
        String sum = graph.node(
                "Reshape",
                List.of(graph.node("MatMul", List.of(x, weight)), graph.constant("flat", new long[] {-1}, 1)));
        String offset = graph.node("Cast", List.of(bias), dev.millrace.models.onnx.Attribute.of("to", 1));
        graph.output("score", graph.node("Add", List.of(sum, offset)), ElementType.FLOAT, candidates);
        graph.output("twice", graph.node("Add", List.of(x, x)), ElementType.FLOAT, candidates, Dimension.of(2));
        Path file = Files.createTempFile(data, "ranker", ".onnx");
        Files.delete(file);
        OnnxWriter.write(graph.build(), file);
        return RankerImport.publish(registry, file, "ctr", SIGNATURE).version();
    }

    private JsonNode infer(String body) throws Exception {
        return RunningServer.ok(server.post("/v2/models/ctr/infer", body));
    }

    @Test
    void metadataAndHealth_areTheProtocols() throws Exception {
        JsonNode about = RunningServer.ok(server.send(server.request("/v2").GET()));
        assertEquals("millrace", about.path("name").asText());
        assertEquals("binary_tensor_data", about.path("extensions").path(0).asText());
        assertTrue(
                RunningServer.ok(server.send(server.request("/v2/health/live").GET()))
                        .path("live")
                        .asBoolean());
        assertTrue(
                RunningServer.ok(server.send(server.request("/v2/health/ready").GET()))
                        .path("ready")
                        .asBoolean());
        for (String path : List.of("/v2/models/ctr", "/v2/models/ctr/versions/" + version)) {
            JsonNode model = RunningServer.ok(server.get(path));
            assertEquals("ctr", model.path("name").asText());
            assertEquals(version, model.path("versions").path(0).asText());
            assertEquals("onnxruntime_onnx", model.path("platform").asText());
            assertEquals(
                    "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,2]}",
                    model.path("inputs").path(0).toString());
            assertEquals(
                    "{\"name\":\"score\",\"datatype\":\"FP32\",\"shape\":[-1]}",
                    model.path("outputs").path(0).toString());
            assertTrue(
                    RunningServer.ok(server.get(path + "/ready")).path("ready").asBoolean());
        }
        assertEquals(401, server.send(server.request("/v2/models/ctr").GET()).statusCode());
        assertEquals(404, server.get("/v2/models/other").statusCode());
        assertEquals(
                404,
                server.get("/v2/models/ctr/versions/" + "0".repeat(20) + "/ready")
                        .statusCode());
    }

    /** The body that KServe's documentation shows: flat data; and the nested form that Triton's examples use. */
    @Test
    void infer_ofJson_flatOrNested_answersInJson() throws Exception {
        JsonNode flat = infer(
                "{\"id\":\"42\",\"inputs\":[{\"name\":\"x\",\"shape\":[2,2],\"datatype\":\"FP32\",\"data\":[1,2,3,4.5]},"
                        + "{\"name\":\"bias\",\"shape\":[2],\"datatype\":\"INT64\",\"data\":[100,200]}]}");
        assertEquals("ctr", flat.path("model_name").asText());
        assertEquals(version, flat.path("model_version").asText());
        assertEquals("42", flat.path("id").asText());
        assertEquals(
                "{\"name\":\"score\",\"datatype\":\"FP32\",\"shape\":[2],\"data\":[130.0,275.0]}",
                flat.path("outputs").path(0).toString());
        assertEquals(
                "[2.0,4.0,6.0,9.0]", flat.path("outputs").path(1).path("data").toString());

        JsonNode nested = infer("{\"inputs\":[{\"name\":\"bias\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":[7]},"
                + "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[[0.5,0.25]]}],"
                + "\"outputs\":[{\"name\":\"score\"}]}");
        assertEquals(1, nested.path("outputs").size());
        assertEquals(14.5, nested.path("outputs").path(0).path("data").path(0).asDouble());
        assertTrue(nested.path("id").isMissingNode());
    }

    /** As tritonclient.http sends by default: both inputs behind the JSON, outputs wanted in binary. */
    @Test
    void infer_ofBinaryTensors_answersInBinary() throws Exception {
        String json = "{\"id\":\"1\",\"parameters\":{\"binary_data_output\":true},\"inputs\":["
                + "{\"name\":\"x\",\"shape\":[2,2],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":16}},"
                + "{\"name\":\"bias\",\"shape\":[2],\"datatype\":\"INT64\",\"parameters\":{\"binary_data_size\":16}}]}";
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(head.length + 32).order(ByteOrder.LITTLE_ENDIAN);
        body.put(head)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .putFloat(4.5f)
                .putLong(100)
                .putLong(200);

        HttpResponse<byte[]> response = server.http.send(
                server.authorized("/v2/models/ctr/infer")
                        .header("Content-Type", "application/octet-stream")
                        .header("Inference-Header-Content-Length", Integer.toString(head.length))
                        .POST(BodyPublishers.ofByteArray(body.array()))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());

        assertEquals(200, response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        assertEquals(
                "application/octet-stream",
                response.headers().firstValue("content-type").orElseThrow());
        int length = Integer.parseInt(
                response.headers().firstValue("inference-header-content-length").orElseThrow());
        JsonNode answer = RunningServer.JSON.readTree(response.body(), 0, length);
        assertEquals(
                8,
                answer.path("outputs")
                        .path(0)
                        .path("parameters")
                        .path("binary_data_size")
                        .asInt());
        ByteBuffer tensors =
                ByteBuffer.wrap(response.body()).order(ByteOrder.LITTLE_ENDIAN).position(length);
        assertEquals(130, tensors.getFloat());
        assertEquals(275, tensors.getFloat());
        assertEquals(2, tensors.getFloat());
        assertEquals(length + 24, response.body().length);
    }

    @Test
    void infer_ofOneBinaryOutput_leavesTheOtherInJson() throws Exception {
        HttpResponse<String> response = server.post(
                "/v2/models/ctr/infer",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,1]},"
                        + "{\"name\":\"bias\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":[0]}],"
                        + "\"outputs\":[{\"name\":\"twice\",\"parameters\":{\"binary_data\":true}},{\"name\":\"score\"}]}");
        assertEquals(200, response.statusCode());
        assertTrue(response.body().contains("\"name\":\"score\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[20.0]"));
        assertTrue(response.body().contains("\"binary_data_size\":8"));
    }

    @Test
    void infer_ofAWrongRequest_saysWhatIsWrong() throws Exception {
        String bias = "{\"name\":\"bias\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":[0]}";
        String x = "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,1]}";
        assertWrong("is no JSON", "{");
        assertWrong("is no JSON object", "[]");
        assertWrong("input 'x' is given 0 times", "{\"inputs\":[" + bias + "]}");
        assertWrong("input 'x' is given 2 times", "{\"inputs\":[" + x + "," + x + "," + bias + "]}");
        assertWrong("no input 'y'", "{\"inputs\":[" + x + "," + bias + "," + bias.replace("bias", "y") + "]}");
        assertWrong("has the datatype 'FP16'", "{\"inputs\":[" + x.replace("FP32", "FP16") + "," + bias + "]}");
        assertWrong(
                "has the datatype FP64; expected FP32",
                "{\"inputs\":[" + x.replace("FP32", "FP64") + "," + bias + "]}");
        assertWrong("has the shape [2, 1]", "{\"inputs\":[" + x.replace("[1,2]", "[2,1]") + "," + bias + "]}");
        assertWrong("has the shape [-1, 2]", "{\"inputs\":[" + x.replace("[1,2]", "[-1,2]") + "," + bias + "]}");
        assertWrong("needs 24", "{\"inputs\":[" + x.replace("[1,2]", "[3,2]") + "," + bias + "]}");
        assertWrong("more data than the 2 values", "{\"inputs\":[" + x.replace("[1,1]", "[1,1,1]") + "," + bias + "]}");
        assertWrong(
                "the value \"a\" at 0",
                "{\"inputs\":[" + x.replace("[1,1]", "[\\\"a\\\",1]".replace("\\", "")) + "," + bias + "]}");
        assertWrong(
                "the value 0.5 at 0; give a whole number",
                "{\"inputs\":[" + x + "," + bias.replace("[0]", "[0.5]") + "]}");
        assertWrong(
                "has 1 candidates, but",
                "{\"inputs\":[" + x.replace("[1,2]", "[2,2]").replace("[1,1]", "[1,1,1,1]") + "," + bias + "]}");
        assertWrong("no output 'click'", "{\"inputs\":[" + x + "," + bias + "],\"outputs\":[{\"name\":\"click\"}]}");
        assertWrong(
                "65 candidates are more than the 64",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[65,2],\"datatype\":\"FP32\",\"data\":[" + "1,".repeat(129)
                        + "1]}," + "{\"name\":\"bias\",\"shape\":[65],\"datatype\":\"INT64\",\"data\":["
                        + "1,".repeat(64) + "1]}]}");
        assertEquals(
                404,
                server.post("/v2/models/none/infer", "{\"inputs\":[" + x + "," + bias + "]}")
                        .statusCode());
    }

    private void assertWrong(String reason, String body) throws Exception {
        HttpResponse<String> response = server.post("/v2/models/ctr/infer", body);
        assertEquals(400, response.statusCode(), response.body());
        String error = RunningServer.json(response).path("error").asText();
        assertTrue(error.contains(reason), error);
    }

    private GRPCInferenceServiceBlockingStub stub() {
        return GrpcClients.builder("gproto+http://127.0.0.1:" + server.server.port())
                .addHeader("authorization", "Bearer " + RunningServer.KEY)
                .build(GRPCInferenceServiceBlockingStub.class);
    }

    @Test
    void grpc_answersMetadataAndHealth() {
        GRPCInferenceServiceBlockingStub stub = stub();
        assertTrue(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
        assertTrue(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
        assertEquals(
                "millrace",
                stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getName());
        assertTrue(stub.modelReady(ModelReadyRequest.newBuilder().setName("ctr").build())
                .getReady());
        assertEquals(
                false,
                stub.modelReady(ModelReadyRequest.newBuilder().setName("none").build())
                        .getReady());
        var metadata = stub.modelMetadata(
                ModelMetadataRequest.newBuilder().setName("ctr").build());
        assertEquals(List.of(-1L, 2L), metadata.getInputs(0).getShapeList());
        assertEquals(version, metadata.getVersions(0));
    }

    /** As tritonclient.grpc sends: raw contents, little endian, and parameters it knows. */
    @Test
    void grpc_ofRawContents_answersRaw() {
        ByteBuffer x = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        x.putFloat(1).putFloat(2).putFloat(3).putFloat(4.5f);
        ByteBuffer bias = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bias.putLong(100).putLong(200);
        ModelInferResponse answer = stub().modelInfer(request()
                .putParameters(
                        "timeout",
                        InferParameter.newBuilder().setInt64Param(10_000_000).build())
                .putParameters(
                        "priority",
                        InferParameter.newBuilder().setUint64Param(2).build())
                .addRawInputContents(ByteString.copyFrom(x.flip()))
                .addRawInputContents(ByteString.copyFrom(bias.flip()))
                .build());
        assertEquals("7", answer.getId());
        assertEquals(List.of(2L), answer.getOutputs(0).getShapeList());
        ByteBuffer scores =
                answer.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(130, scores.getFloat());
        assertEquals(275, scores.getFloat());
    }

    /** As KServe's Python SDK sends: typed contents. */
    @Test
    void grpc_ofTypedContents_answersTyped() {
        ModelInferRequest.Builder request = request();
        request.getInputsBuilder(0)
                .setContents(InferTensorContents.newBuilder().addAllFp32Contents(List.of(1f, 2f, 3f, 4.5f)));
        request.getInputsBuilder(1)
                .setContents(InferTensorContents.newBuilder().addAllInt64Contents(List.of(100L, 200L)));
        ModelInferResponse answer = stub().modelInfer(request.build());
        assertEquals(List.of(130f, 275f), answer.getOutputs(0).getContents().getFp32ContentsList());

        StatusRuntimeException wrong = assertThrows(
                StatusRuntimeException.class,
                () -> stub().modelInfer(request.setModelName("none").build()));
        assertEquals(Status.Code.NOT_FOUND, wrong.getStatus().getCode());
        StatusRuntimeException bad = assertThrows(
                StatusRuntimeException.class,
                () -> stub().modelInfer(
                                request.setModelName("ctr").removeInputs(0).build()));
        assertEquals(Status.Code.INVALID_ARGUMENT, bad.getStatus().getCode());
    }

    private static ModelInferRequest.Builder request() {
        return ModelInferRequest.newBuilder()
                .setModelName("ctr")
                .setId("7")
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("FP32")
                        .addShape(2)
                        .addShape(2))
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("bias")
                        .setDatatype("INT64")
                        .addShape(2));
    }

    @Test
    void promoteAndRollBack_underLoad_dropNoRequest() throws Exception {
        String other = publish(20);
        AtomicBoolean done = new AtomicBoolean();
        String body = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,1]},"
                + "{\"name\":\"bias\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":[0]}]}";
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<TreeSet<Double>>> callers = new ArrayList<>();
            for (int caller = 0; caller < 4; caller++) {
                callers.add(threads.submit(() -> {
                    TreeSet<Double> seen = new TreeSet<>();
                    while (!done.get()) {
                        JsonNode answer = infer(body); // fails on anything but success
                        double factor = answer.path("model_version").asText().equals(version) ? 20 : 40;
                        assertEquals(
                                factor,
                                answer.path("outputs")
                                        .path(0)
                                        .path("data")
                                        .path(0)
                                        .asDouble());
                        seen.add(factor);
                    }
                    return seen;
                }));
            }
            try {
                RunningServer.ok(server.post("/v1/models/" + other + "/promote", ""));
                awaitLive(other);
                RunningServer.ok(server.post("/v1/models/rollback?ranker=ctr", ""));
                awaitLive(version);
                RunningServer.ok(server.post("/v1/models/rollback?ranker=ctr", ""));
                awaitLive(other);
            } finally {
                done.set(true);
            }
            TreeSet<Double> seen = new TreeSet<>();
            for (Future<TreeSet<Double>> caller : callers) {
                seen.addAll(caller.get());
            }
            assertEquals(new TreeSet<>(List.of(20.0, 40.0)), seen);
        }
    }

    private void awaitLive(String wanted) throws Exception {
        Await.until(
                () -> server.get("/v2/models/ctr/versions/" + wanted + "/ready").statusCode(), status -> status == 200);
    }

    @Test
    void registry_overRest_showsComparesAndVerifies() throws Exception {
        String other = publish(20);
        JsonNode model = RunningServer.ok(server.get("/v1/models/" + version));
        assertEquals("ranker", model.path("kind").asText());
        assertTrue(model.path("live").asBoolean());
        assertEquals(registry.keys().keyId(), model.path("signedBy").asText());
        assertEquals("float[2]", model.path("features").path("x").asText().replace("x:", ""));
        JsonNode difference = RunningServer.ok(server.get("/v1/models/" + version + "/diff/" + other));
        assertTrue(difference.path("changes").toString().contains("files.ranker.onnx"), difference.toString());
        assertTrue(RunningServer.ok(server.get("/v1/models/" + other + "/verify"))
                .path("whole")
                .asBoolean());
        Files.delete(data.resolve("models/bundles").resolve(other).resolve("signature.json"));
        JsonNode broken = RunningServer.ok(server.get("/v1/models/" + other + "/verify"));
        assertEquals(false, broken.path("whole").asBoolean());
        assertTrue(broken.path("problem").asText().contains("signature.json"), broken.toString());
        assertEquals(409, server.post("/v1/models/rollback", "").statusCode());
        assertEquals(400, server.post("/v1/models/rollback?ranker=..%2F..", "").statusCode());
        assertEquals(409, server.post("/v1/models/rollback?ridge=true", "").statusCode());
        assertEquals(
                400,
                server.post("/v1/models/rollback?ridge=true&ranker=ctr", "").statusCode());
        assertEquals(404, server.get("/v1/models/" + "0".repeat(20)).statusCode());
    }
}
