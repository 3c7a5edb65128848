package dev.millrace.models.onnx;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Reads back what {@link OnnxWriter} wrote, so that a published model can be made smaller without its training (stateless).
 *
 * <p>Not a reader of any ONNX file: what our writer does not write is refused, never dropped.
 */
public final class OnnxReader {
    private OnnxReader() {}

    /** @throws IOException also when the file is damaged, or not one of our writer */
    public static OnnxGraph read(Path file) throws IOException {
        try {
            return model(new ProtoFields(ByteBuffer.wrap(Files.readAllBytes(file))));
        } catch (BufferUnderflowException e) {
            throw new IOException("'" + file + "' ends in the middle of a field", e);
        } catch (IllegalArgumentException e) {
            throw new IOException("'" + file + "' is not a graph of this version of Millrace: " + e.getMessage(), e);
        }
    }

    private static OnnxGraph model(ProtoFields fields) {
        OnnxGraph graph = null;
        String producer = "";
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> fields.whole();
                case 2 -> producer = fields.text();
                case 7 -> graph = graph(fields.message());
                case 8 -> fields.slice();
                default -> throw fields.unknown("the model");
            }
        }
        if (graph == null || !producer.equals(OnnxWriter.PRODUCER)) {
            throw new IllegalArgumentException("its producer is '" + producer + "'");
        }
        return graph;
    }

    private static OnnxGraph graph(ProtoFields fields) {
        String name = "";
        List<OnnxNode> nodes = new ArrayList<>();
        List<Tensor> constants = new ArrayList<>();
        List<TensorPort> inputs = new ArrayList<>();
        List<TensorPort> outputs = new ArrayList<>();
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> nodes.add(node(fields.message()));
                case 2 -> name = fields.text();
                case 5 -> constants.add(tensor(fields.message()));
                case 11 -> inputs.add(port(fields.message()));
                case 12 -> outputs.add(port(fields.message()));
                default -> throw fields.unknown("the graph");
            }
        }
        return new OnnxGraph(name, inputs, outputs, constants, nodes);
    }

    private static OnnxNode node(ProtoFields fields) {
        String operator = "";
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<Attribute> attributes = new ArrayList<>();
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> inputs.add(fields.text());
                case 2 -> outputs.add(fields.text());
                case 3 -> fields.text(); // its name is that of its first output
                case 4 -> operator = fields.text();
                case 5 -> attributes.add(attribute(fields.message()));
                default -> throw fields.unknown("a node");
            }
        }
        return new OnnxNode(operator, inputs, outputs, attributes);
    }

    private static Attribute attribute(ProtoFields fields) {
        String name = "";
        float decimal = 0;
        long whole = 0;
        String text = "";
        List<Long> wholes = new ArrayList<>();
        long type = 0;
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> name = fields.text();
                case 2 -> decimal = fields.decimal();
                case 3 -> whole = fields.whole();
                case 4 -> text = fields.text();
                case 8 -> wholes.add(fields.whole());
                case 20 -> type = fields.whole();
                default -> throw fields.unknown("an attribute");
            }
        }
        return switch ((int) type) {
            case 1 -> new Attribute.Decimal(name, decimal);
            case 2 -> new Attribute.Whole(name, whole);
            case 3 -> new Attribute.Text(name, text);
            case 7 -> new Attribute.Wholes(name, wholes);
            default -> throw new IllegalArgumentException("attribute '" + name + "' has the type " + type);
        };
    }

    private static Tensor tensor(ProtoFields fields) {
        List<Long> shape = new ArrayList<>();
        ElementType type = ElementType.FLOAT;
        String name = "";
        @Nullable ByteBuffer raw = null;
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> shape.add(fields.whole());
                case 2 -> type = ElementType.ofCode(fields.whole());
                case 8 -> name = fields.text();
                case 9 -> raw = fields.slice();
                default -> throw fields.unknown("a constant");
            }
        }
        return tensor(name, type, shape, Objects.requireNonNullElse(raw, ByteBuffer.allocate(0)));
    }

    private static Tensor tensor(String name, ElementType type, List<Long> shape, ByteBuffer raw) {
        int count = raw.remaining() / type.sizeBytes();
        return switch (type) {
            case FLOAT -> {
                float[] values = new float[count];
                raw.asFloatBuffer().get(values);
                yield new Tensor.Floats(name, values, shape);
            }
            case FLOAT16 -> {
                short[] values = new short[count];
                raw.asShortBuffer().get(values);
                yield new Tensor.Halves(name, values, shape);
            }
            case INT64 -> {
                long[] values = new long[count];
                raw.asLongBuffer().get(values);
                yield new Tensor.Longs(name, values, shape);
            }
            case INT8, UINT8, BOOL -> {
                byte[] values = new byte[count];
                raw.get(values);
                yield new Tensor.Bytes(name, values, shape, type);
            }
        };
    }

    private static TensorPort port(ProtoFields fields) {
        String name = "";
        ElementType type = ElementType.FLOAT;
        List<Dimension> shape = new ArrayList<>();
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> name = fields.text();
                case 2 -> {
                    ProtoFields tensorType = only(fields.message(), "a port's type");
                    while (tensorType.next()) {
                        switch (tensorType.field()) {
                            case 1 -> type = ElementType.ofCode(tensorType.whole());
                            case 2 -> shape.addAll(shape(tensorType.message()));
                            default -> throw tensorType.unknown("a port's type");
                        }
                    }
                }
                default -> throw fields.unknown("a port");
            }
        }
        return new TensorPort(name, type, shape);
    }

    private static List<Dimension> shape(ProtoFields fields) {
        List<Dimension> shape = new ArrayList<>();
        while (fields.next()) {
            ProtoFields axis = fields.message();
            if (!axis.next()) {
                throw new IllegalArgumentException("an axis has neither a length nor a name");
            }
            shape.add(axis.field() == 1 ? Dimension.of(axis.whole()) : Dimension.named(axis.text()));
        }
        return shape;
    }

    private static ProtoFields only(ProtoFields fields, String message) {
        if (!fields.next() || fields.field() != 1) {
            throw fields.unknown(message);
        }
        return fields.message();
    }
}
