package dev.millrace.models.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a graph as an ONNX {@code ModelProto} (stateless).
 *
 * <p>Field numbers are those of {@code onnx.proto} (onnx/onnx, IR version 10); they never change, which is protobuf's
 * promise. Constants go out as {@code raw_data}, so a file's size is the weights' size plus a few kilobytes.
 */
public final class OnnxWriter {
    /** The operator set our graphs are written against: the newest whose operators we use (Gelu came with 20). */
    public static final long OPSET = 20;

    /** IR 9 came with opset 20; ONNX Runtime 1.29 reads up to 13. */
    public static final long IR_VERSION = 9;

    /** Protobuf readers refuse messages above 2 GiB - 1. */
    public static final long MAX_BYTES = Integer.MAX_VALUE;

    static final String PRODUCER = "millrace";

    private OnnxWriter() {}

    /** The size of the file that {@link #write(OnnxGraph, Path)} would write. */
    public static long sizeBytes(OnnxGraph graph) {
        return model(graph).sizeBytes();
    }

    /**
     * Writes {@code graph} to a new file and forces it to the disk.
     *
     * @throws IllegalArgumentException when the model would exceed {@link #MAX_BYTES}; nothing is written then
     */
    public static void write(OnnxGraph graph, Path file) throws IOException {
        ProtoMessage model = model(graph);
        requireReadable(graph.name(), model.sizeBytes());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            model.writeTo(channel);
            channel.force(true);
        }
    }

    /** Writes {@code graph} to a channel, with the same limit. */
    public static void write(OnnxGraph graph, WritableByteChannel channel) throws IOException {
        ProtoMessage model = model(graph);
        requireReadable(graph.name(), model.sizeBytes());
        model.writeTo(channel);
    }

    private static void requireReadable(String graph, long sizeBytes) {
        if (sizeBytes > MAX_BYTES) {
            throw new IllegalArgumentException("model '" + graph + "' would take " + sizeBytes
                    + " bytes, but an ONNX file holds at most " + MAX_BYTES
                    + "; reduce the vocabulary or the dimension");
        }
    }

    private static ProtoMessage model(OnnxGraph graph) {
        return new ProtoMessage()
                .whole(1, IR_VERSION)
                .text(2, PRODUCER)
                .message(7, graphMessage(graph))
                .message(8, new ProtoMessage().text(1, "").whole(2, OPSET));
    }

    private static ProtoMessage graphMessage(OnnxGraph graph) {
        ProtoMessage message = new ProtoMessage();
        graph.nodes().forEach(node -> message.message(1, nodeMessage(node)));
        message.text(2, graph.name());
        graph.constants().forEach(constant -> message.message(5, tensorMessage(constant)));
        graph.inputs().forEach(port -> message.message(11, portMessage(port)));
        graph.outputs().forEach(port -> message.message(12, portMessage(port)));
        return message;
    }

    private static ProtoMessage nodeMessage(OnnxNode node) {
        ProtoMessage message = new ProtoMessage();
        node.inputs().forEach(input -> message.text(1, input));
        node.outputs().forEach(output -> message.text(2, output));
        message.text(3, node.outputs().getFirst()); // a name makes the runtime's messages and profiles readable
        message.text(4, node.operator());
        node.attributes().forEach(attribute -> message.message(5, attributeMessage(attribute)));
        return message;
    }

    private static ProtoMessage attributeMessage(Attribute attribute) {
        ProtoMessage message = new ProtoMessage().text(1, attribute.name());
        switch (attribute) {
            case Attribute.Decimal decimal ->
                message.decimal(2, decimal.value()).whole(20, 1);
            case Attribute.Whole whole -> message.whole(3, whole.value()).whole(20, 2);
            case Attribute.Text text -> message.text(4, text.value()).whole(20, 3);
            case Attribute.Wholes wholes -> {
                wholes.values().forEach(value -> message.whole(8, value));
                message.whole(20, 7);
            }
        }
        return message;
    }

    private static ProtoMessage tensorMessage(Tensor tensor) {
        ProtoMessage message = new ProtoMessage();
        tensor.shape().forEach(axis -> message.whole(1, axis));
        return message.whole(2, tensor.type().code()).text(8, tensor.name()).bytes(9, new RawTensorPart(tensor));
    }

    private static ProtoMessage portMessage(TensorPort port) {
        ProtoMessage shape = new ProtoMessage();
        port.shape().forEach(dimension -> shape.message(1, dimensionMessage(dimension)));
        ProtoMessage tensorType =
                new ProtoMessage().whole(1, port.type().code()).message(2, shape);
        return new ProtoMessage().text(1, port.name()).message(2, new ProtoMessage().message(1, tensorType));
    }

    private static ProtoMessage dimensionMessage(Dimension dimension) {
        return switch (dimension) {
            case Dimension.Fixed fixed -> new ProtoMessage().whole(1, fixed.length());
            case Dimension.Named named -> new ProtoMessage().text(2, named.symbol());
        };
    }
}
