package dev.millrace.server.infer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.models.ranker.PortType;
import dev.millrace.wire.WireJson;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The protocol's JSON, with the binary tensor extension: tensors whose {@code binary_data_size} is given lie behind the JSON,
 * one after another (stateless).
 */
final class InferenceJson {
    private static final ObjectMapper MAPPER = WireJson.strict();

    private InferenceJson() {}

    /**
     * A request, and which outputs it wants in binary.
     *
     * @param binaryByDefault whether outputs that say nothing of it come in binary
     */
    record Request(InferenceCall call, Set<String> binary, boolean binaryByDefault) {
        boolean isBinary(String output) {
            return binaryByDefault || binary.contains(output);
        }
    }

    /** @param jsonBytes the JSON's length, from {@code Inference-Header-Content-Length}, else the body's */
    static Request read(byte[] body, int jsonBytes) {
        if (jsonBytes < 0 || jsonBytes > body.length) {
            throw Inference.invalid("Inference-Header-Content-Length is " + jsonBytes + ", but the body has "
                    + body.length + " bytes; give the length of the JSON at its beginning");
        }
        JsonNode root = tree(body, jsonBytes);
        ByteBuffer binary = ByteBuffer.wrap(body, jsonBytes, body.length - jsonBytes);
        List<Tensor> inputs = new ArrayList<>();
        for (JsonNode input : array(root, "inputs")) {
            inputs.add(tensor(input, binary));
        }
        if (binary.hasRemaining()) {
            throw Inference.invalid(binary.remaining() + " bytes of binary data belong to no input; give each"
                    + " its binary_data_size");
        }
        JsonNode parameters = root.path("parameters");
        List<String> outputs = new ArrayList<>();
        Set<String> binaryOutputs = new HashSet<>();
        for (JsonNode output : array(root, "outputs")) {
            String name = output.path("name").asText();
            outputs.add(name);
            if (output.path("parameters").path("binary_data").asBoolean()) {
                binaryOutputs.add(name);
            }
        }
        InferenceCall call = new InferenceCall(
                root.path("id").asText(""),
                inputs,
                outputs,
                Duration.ofNanos(Math.max(0, parameters.path("timeout").asLong()) * 1_000),
                InferenceCall.priority(parameters.path("priority").asLong()));
        return new Request(
                call, binaryOutputs, parameters.path("binary_data_output").asBoolean());
    }

    private static JsonNode tree(byte[] body, int jsonBytes) {
        try {
            JsonNode root = MAPPER.readTree(body, 0, jsonBytes);
            if (root == null || !root.isObject()) {
                throw Inference.invalid("the body is no JSON object; send {\"inputs\": […]}");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw Inference.invalid("the body is no JSON: " + e.getOriginalMessage()
                    + "; with binary data, give Inference-Header-Content-Length");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode array(JsonNode root, String field) {
        JsonNode array = root.path(field);
        if (!array.isMissingNode() && !array.isArray()) {
            throw Inference.invalid("'" + field + "' is no array; give a list of tensors");
        }
        return array;
    }

    private static Tensor tensor(JsonNode input, ByteBuffer binary) {
        String name = input.path("name").asText();
        PortType type = type(name, input.path("datatype").asText());
        List<Long> shape = new ArrayList<>();
        for (JsonNode axis : input.path("shape")) {
            if (!axis.isIntegralNumber()) {
                throw Inference.invalid("input '" + name + "' has the axis " + axis + "; give whole numbers");
            }
            shape.add(axis.longValue());
        }
        JsonNode size = input.path("parameters").path("binary_data_size");
        return new Tensor(
                name,
                type,
                shape,
                size.isMissingNode() ? numbers(name, type, shape, input.path("data")) : slice(name, size, binary));
    }

    static PortType type(String name, String datatype) {
        for (PortType type : PortType.values()) {
            if (type.name().equals(datatype)) {
                return type;
            }
        }
        throw Inference.invalid(
                "input '" + name + "' has the datatype '" + datatype + "'; give one of " + List.of(PortType.values()));
    }

    private static ByteBuffer slice(String name, JsonNode size, ByteBuffer binary) {
        long bytes = size.asLong(-1);
        if (bytes < 0 || bytes > binary.remaining()) {
            throw Inference.invalid("input '" + name + "' has the binary_data_size " + size + ", but "
                    + binary.remaining() + " bytes are left behind the JSON");
        }
        ByteBuffer slice = binary.slice(binary.position(), (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        binary.position(binary.position() + (int) bytes);
        return slice;
    }

    /** Values flat or nested, as both are sent. */
    private static ByteBuffer numbers(String name, PortType type, List<Long> shape, JsonNode data) {
        long values = Tensor.values(shape);
        if (values < 0 || !data.isArray()) {
            throw Inference.invalid("input '" + name + "' has the shape " + shape + " and "
                    + (data.isMissingNode() ? "no data" : "data that is no array")
                    + "; give data as a list of numbers");
        }
        ValueSink sink = new ValueSink(name, type, values);
        sink.addAll(data);
        return sink.bytes();
    }

    /** Writes an answer: its JSON, and behind it what is wanted in binary. */
    static Encoded write(InferenceAnswer answer, Request request) throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        ByteArrayOutputStream binary = new ByteArrayOutputStream();
        boolean anyBinary = false;
        try (JsonGenerator out = MAPPER.getFactory().createGenerator(json)) {
            out.writeStartObject();
            out.writeStringField("model_name", answer.model());
            out.writeStringField("model_version", answer.version());
            if (!answer.id().isEmpty()) {
                out.writeStringField("id", answer.id());
            }
            out.writeArrayFieldStart("outputs");
            for (Tensor output : answer.outputs()) {
                boolean raw = request.isBinary(output.name());
                anyBinary |= raw;
                writeTensor(out, output, raw);
                if (raw) {
                    binary.write(output.bytes().array(), 0, output.bytes().limit());
                }
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        int jsonBytes = json.size();
        json.write(binary.toByteArray());
        return new Encoded(json.toByteArray(), anyBinary ? jsonBytes : -1);
    }

    /** @param jsonBytes −1 where there is nothing but JSON */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Encoded(byte[] body, int jsonBytes) {}

    private static void writeTensor(JsonGenerator out, Tensor tensor, boolean raw) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", tensor.name());
        out.writeStringField("datatype", tensor.type().name());
        out.writeArrayFieldStart("shape");
        for (long axis : tensor.shape()) {
            out.writeNumber(axis);
        }
        out.writeEndArray();
        if (raw) {
            out.writeObjectFieldStart("parameters");
            out.writeNumberField("binary_data_size", tensor.bytes().limit());
            out.writeEndObject();
        } else {
            out.writeArrayFieldStart("data");
            writeValues(out, tensor);
            out.writeEndArray();
        }
        out.writeEndObject();
    }

    private static void writeValues(JsonGenerator out, Tensor tensor) throws IOException {
        ByteBuffer bytes = tensor.bytes();
        for (int at = 0; at < bytes.limit(); at += tensor.type().sizeBytes()) {
            switch (tensor.type()) {
                case FP32 -> out.writeNumber(bytes.getFloat(at));
                case FP64 -> out.writeNumber(bytes.getDouble(at));
                case INT64 -> out.writeNumber(bytes.getLong(at));
                case INT32 -> out.writeNumber(bytes.getInt(at));
                case INT8 -> out.writeNumber((int) bytes.get(at));
                case UINT8 -> out.writeNumber(bytes.get(at) & 0xff);
                case BOOL -> out.writeBoolean(bytes.get(at) != 0);
            }
        }
    }
}
