package dev.millrace.s3;

import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads the body of a ranged answer straight to where it belongs. Stateless. */
final class RangeBody {
    private static final int CHUNK_BYTES = 16 << 10;

    private RangeBody() {}

    /** @return the bytes that came: fewer than there is room for when the object ends before */
    static long read(GetObjectResponse response, InputStream in, MemorySegment into) throws InterruptedException {
        String range = response.contentRange();
        if (range == null) {
            throw RetryableException.create("the store answered a ranged read with the whole object");
        }
        byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, into.byteSize())];
        long done = 0;
        try {
            while (done < into.byteSize()) {
                int read = in.read(chunk, 0, (int) Math.min(chunk.length, into.byteSize() - done));
                if (read < 0) {
                    break;
                }
                MemorySegment.copy(chunk, 0, into, ValueLayout.JAVA_BYTE, done, read);
                done += read;
            }
        } catch (IOException e) {
            if (Thread.interrupted()) {
                // The deadline passed: the client interrupts the thread that reads for it.
                throw new InterruptedException("interrupted after " + done + " bytes");
            }
            throw RetryableException.create("the answer broke off after " + done + " bytes", e);
        }
        if (done < response.contentLength()) {
            throw RetryableException.create(
                    "the answer ended after " + done + " of " + response.contentLength() + " bytes");
        }
        return done;
    }
}
