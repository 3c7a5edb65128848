package dev.millrace.models.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A protobuf message under construction: a list of parts, small ones as bytes, large ones written when asked for.
 *
 * <p>Owned by one thread. Only what ONNX needs of the wire format: wire type 0 (varint), 2 (length-delimited) and 5
 * (32-bit). A message's length must be written before it, so each part knows its size; nothing large is copied.
 */
final class ProtoMessage {
    private static final int VARINT = 0;
    private static final int DELIMITED = 2;
    private static final int FIXED32 = 5;

    /** A run of bytes that knows its length before it is written. */
    interface Part {
        long sizeBytes();

        void writeTo(WritableByteChannel channel) throws IOException;
    }

    private final List<Part> parts = new ArrayList<>();
    private ByteArrayOutputStream open = new ByteArrayOutputStream();
    private long sizeBytes;

    ProtoMessage whole(int field, long value) {
        varint((long) field << 3 | VARINT);
        varint(value);
        return this;
    }

    ProtoMessage decimal(int field, float value) {
        varint((long) field << 3 | FIXED32);
        int bits = Float.floatToIntBits(value);
        for (int shift = 0; shift < 32; shift += 8) {
            octet(bits >>> shift);
        }
        return this;
    }

    ProtoMessage text(int field, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        delimit(field, utf8.length);
        open.writeBytes(utf8);
        sizeBytes += utf8.length;
        return this;
    }

    ProtoMessage message(int field, ProtoMessage value) {
        value.seal();
        delimit(field, value.sizeBytes);
        seal();
        parts.addAll(value.parts);
        sizeBytes += value.sizeBytes;
        return this;
    }

    ProtoMessage bytes(int field, Part value) {
        delimit(field, value.sizeBytes());
        seal();
        parts.add(value);
        sizeBytes += value.sizeBytes();
        return this;
    }

    /** The length of what was added so far, in bytes. */
    long sizeBytes() {
        return sizeBytes;
    }

    void writeTo(WritableByteChannel channel) throws IOException {
        seal();
        for (Part part : parts) {
            part.writeTo(channel);
        }
    }

    private void delimit(int field, long length) {
        varint((long) field << 3 | DELIMITED);
        varint(length);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            octet((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        octet((int) rest);
    }

    private void octet(int value) {
        open.write(value);
        sizeBytes++;
    }

    private void seal() {
        if (open.size() > 0) {
            parts.add(new SmallPart(open.toByteArray()));
            open = new ByteArrayOutputStream();
        }
    }
}
