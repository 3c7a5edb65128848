package dev.millrace.models.onnx;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The fields of a protobuf message, one after another: the counterpart of {@link ProtoMessage}. Owned by one thread.
 *
 * <p>After {@link #next} exactly one of the readers is called for the field it stands on, the one of its wire type.
 */
final class ProtoFields {
    private static final int VARINT_BITS = 64;

    private final ByteBuffer bytes;
    private int field;

    ProtoFields(ByteBuffer bytes) {
        this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Moves to the next field; false at the end. */
    boolean next() {
        if (!bytes.hasRemaining()) {
            return false;
        }
        field = (int) (whole() >>> 3);
        return true;
    }

    /** The number of the present field. */
    int field() {
        return field;
    }

    long whole() {
        long value = 0;
        for (int shift = 0; shift < VARINT_BITS; shift += 7) {
            byte octet = bytes.get();
            value |= (octet & 0x7FL) << shift;
            if (octet >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of field " + field + " does not end");
    }

    float decimal() {
        return bytes.getFloat();
    }

    String text() {
        return StandardCharsets.UTF_8.decode(slice()).toString();
    }

    ProtoFields message() {
        return new ProtoFields(slice());
    }

    /** The content of a length-delimited field, little-endian. */
    ByteBuffer slice() {
        long length = whole();
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer content = bytes.slice(bytes.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + (int) length);
        return content;
    }

    IllegalArgumentException unknown(String message) {
        return new IllegalArgumentException(message + " has a field " + field + ", which this version does not write");
    }
}
