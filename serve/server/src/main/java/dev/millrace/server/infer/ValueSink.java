package dev.millrace.server.infer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.models.ranker.PortType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Turns the numbers of JSON into a tensor's bytes, each held to the range of its type (owned by one thread). */
final class ValueSink {
    private static final int FIRST_VALUES = 256;

    private final String name;
    private final PortType type;
    private final long expected;
    private ByteBuffer bytes;
    private long count;

    /** @param expected how many values the shape has: a shape may lie, so room is made for what is there */
    ValueSink(String name, PortType type, long expected) {
        this.name = name;
        this.type = type;
        this.expected = expected;
        this.bytes = room((int) Math.min(expected, FIRST_VALUES) * type.sizeBytes());
    }

    private static ByteBuffer room(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    void addAll(JsonNode data) {
        for (JsonNode value : data) {
            if (value.isArray()) {
                addAll(value);
            } else {
                add(value);
            }
        }
    }

    private void add(JsonNode value) {
        if (count++ == expected) {
            throw Inference.invalid("input '" + name + "' has more data than the " + expected + " values of its shape");
        }
        if (bytes.remaining() < type.sizeBytes()) {
            long wanted = Math.min(expected * type.sizeBytes(), 2L * bytes.capacity());
            bytes = room((int) Math.min(wanted, Integer.MAX_VALUE - 8)).put(bytes.flip());
        }
        switch (type) {
            case FP32 -> bytes.putFloat((float) decimal(value));
            case FP64 -> bytes.putDouble(decimal(value));
            case INT64 -> bytes.putLong(whole(value, Long.MIN_VALUE, Long.MAX_VALUE));
            case INT32 -> bytes.putInt((int) whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case INT8 -> bytes.put((byte) whole(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> bytes.put((byte) whole(value, 0, 255));
            case BOOL -> bytes.put((byte) (truth(value) ? 1 : 0));
        }
    }

    private double decimal(JsonNode value) {
        if (!value.isNumber()) {
            throw wrong(value, "a number");
        }
        return value.doubleValue();
    }

    private long whole(JsonNode value, long min, long max) {
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw wrong(value, "a whole number from " + min + " to " + max);
        }
        return value.longValue();
    }

    private boolean truth(JsonNode value) {
        if (!value.isBoolean()) {
            throw wrong(value, "true or false");
        }
        return value.booleanValue();
    }

    private RuntimeException wrong(JsonNode value, String expectedValue) {
        return Inference.invalid(
                "input '" + name + "' has the value " + value + " at " + (count - 1) + "; give " + expectedValue);
    }

    ByteBuffer bytes() {
        return bytes.flip();
    }
}
