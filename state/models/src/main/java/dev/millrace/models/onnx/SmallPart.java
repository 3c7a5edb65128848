package dev.millrace.models.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Bytes that are already encoded. */
@SuppressWarnings("ArrayRecordComponent") // never compared, never handed out
record SmallPart(byte[] encoded) implements ProtoMessage.Part {
    @Override
    public long sizeBytes() {
        return encoded.length;
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(encoded);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
