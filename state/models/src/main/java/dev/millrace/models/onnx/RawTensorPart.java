package dev.millrace.models.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** A constant's elements as {@code raw_data}: little endian, encoded piece by piece so that nothing large is copied. */
record RawTensorPart(Tensor tensor) implements ProtoMessage.Part {
    private static final int PIECE_ELEMENTS = 16 * 1024;

    @Override
    public long sizeBytes() {
        return (long) length() * tensor.type().sizeBytes();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        ByteBuffer piece =
                ByteBuffer.allocate(PIECE_ELEMENTS * tensor.type().sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < length(); from += PIECE_ELEMENTS) {
            int count = Math.min(PIECE_ELEMENTS, length() - from);
            piece.clear();
            switch (tensor) {
                case Tensor.Floats floats -> piece.asFloatBuffer().put(floats.values(), from, count);
                case Tensor.Halves halves -> piece.asShortBuffer().put(halves.values(), from, count);
                case Tensor.Bytes bytes -> piece.duplicate().put(bytes.values(), from, count);
                case Tensor.Longs longs -> piece.asLongBuffer().put(longs.values(), from, count);
            }
            piece.limit(count * tensor.type().sizeBytes());
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }

    private int length() {
        return switch (tensor) {
            case Tensor.Floats floats -> floats.values().length;
            case Tensor.Halves halves -> halves.values().length;
            case Tensor.Bytes bytes -> bytes.values().length;
            case Tensor.Longs longs -> longs.values().length;
        };
    }
}
