package dev.millrace.s3;

import software.amazon.awssdk.core.sync.RequestBody;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** A range of a file as the body of a request, opened anew for each attempt. Immutable. */
record FilePart(Path file, long offset, long length) {
    private static final String CONTENT_TYPE = "application/octet-stream";
    private static final int BUFFER_BYTES = 64 << 10;

    RequestBody body() {
        return RequestBody.fromContentProvider(this::open, length, CONTENT_TYPE);
    }

    /** As the header wants it: the store compares it with what arrived. */
    String contentMd5() throws IOException {
        MessageDigest digest = md5();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            long position = offset;
            while (position < offset + length) {
                buffer.clear().limit((int) Math.min(BUFFER_BYTES, offset + length - position));
                int read = channel.read(buffer, position);
                if (read < 0) {
                    throw new IOException(file + " became shorter while it was put");
                }
                digest.update(buffer.flip());
                position += read;
            }
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    private InputStream open() {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            channel.position(offset);
            return new Range(new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES), length);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5; this one does not", e);
        }
    }

    /** The first bytes of a stream. Owned by the request that reads it. */
    private static final class Range extends InputStream {
        private final InputStream in;
        private long left;

        Range(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            int read = left > 0 ? in.read() : -1;
            left -= read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            int read = left > 0 ? in.read(into, offset, (int) Math.min(count, left)) : -1;
            left -= Math.max(0, read);
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
