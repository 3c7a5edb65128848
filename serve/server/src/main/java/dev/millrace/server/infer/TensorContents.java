package dev.millrace.server.infer;

import dev.millrace.models.ranker.PortType;
import dev.millrace.wire.inference.InferTensorContents;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Tensors as typed lists, the form for clients that do not send raw bytes (stateless). */
final class TensorContents {
    private TensorContents() {}

    static ByteBuffer bytes(PortType type, InferTensorContents contents) {
        return switch (type) {
            case FP32 -> {
                ByteBuffer bytes = room(contents.getFp32ContentsCount(), type);
                contents.getFp32ContentsList().forEach(bytes::putFloat);
                yield bytes.flip();
            }
            case FP64 -> {
                ByteBuffer bytes = room(contents.getFp64ContentsCount(), type);
                contents.getFp64ContentsList().forEach(bytes::putDouble);
                yield bytes.flip();
            }
            case INT64 -> {
                ByteBuffer bytes = room(contents.getInt64ContentsCount(), type);
                contents.getInt64ContentsList().forEach(bytes::putLong);
                yield bytes.flip();
            }
            case INT32 -> {
                ByteBuffer bytes = room(contents.getIntContentsCount(), type);
                contents.getIntContentsList().forEach(bytes::putInt);
                yield bytes.flip();
            }
            case INT8 -> octets(type, contents.getIntContentsList(), Byte.MIN_VALUE, Byte.MAX_VALUE);
            case UINT8 -> octets(type, contents.getUintContentsList(), 0, 255);
            case BOOL -> {
                ByteBuffer bytes = room(contents.getBoolContentsCount(), type);
                contents.getBoolContentsList().forEach(value -> bytes.put((byte) (value ? 1 : 0)));
                yield bytes.flip();
            }
        };
    }

    private static ByteBuffer octets(PortType type, List<Integer> values, int min, int max) {
        ByteBuffer bytes = room(values.size(), type);
        for (int value : values) {
            if (value < min || value > max) {
                throw Inference.invalid("the value " + value + " is no " + type + "; give " + min + " to " + max);
            }
            bytes.put((byte) value);
        }
        return bytes.flip();
    }

    private static ByteBuffer room(int values, PortType type) {
        return ByteBuffer.allocate(values * type.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    static InferTensorContents of(Tensor tensor) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        ByteBuffer bytes = tensor.bytes();
        for (int at = 0; at < bytes.limit(); at += tensor.type().sizeBytes()) {
            switch (tensor.type()) {
                case FP32 -> contents.addFp32Contents(bytes.getFloat(at));
                case FP64 -> contents.addFp64Contents(bytes.getDouble(at));
                case INT64 -> contents.addInt64Contents(bytes.getLong(at));
                case INT32 -> contents.addIntContents(bytes.getInt(at));
                case INT8 -> contents.addIntContents(bytes.get(at));
                case UINT8 -> contents.addUintContents(bytes.get(at) & 0xff);
                case BOOL -> contents.addBoolContents(bytes.get(at) != 0);
            }
        }
        return contents.build();
    }
}
