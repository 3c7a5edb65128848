package dev.millrace.wire.imports;

import org.jspecify.annotations.Nullable;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Reads a file, plain or gzip, by lines of bounded length, and knows how many stored bytes it has read. Owned by one thread. */
final class LineReader implements AutoCloseable {
    /** A longer line is no line of a data set; it is cut here and reported. */
    static final int MAX_LINE_CHARS = 1 << 20;

    private static final int BUFFER_CHARS = 1 << 15;

    private final CountingStream counting;
    private final Reader reader;
    private final char[] buffer = new char[BUFFER_CHARS];
    private final StringBuilder line = new StringBuilder();
    private int position;
    private int limit;
    private boolean tooLong;

    private LineReader(CountingStream counting, Reader reader) {
        this.counting = counting;
        this.reader = reader;
    }

    static LineReader open(Path file, Charset charset) throws IOException {
        CountingStream counting = new CountingStream(Files.newInputStream(file));
        try {
            InputStream content = file.getFileName().toString().endsWith(".gz")
                    ? new GZIPInputStream(counting, BUFFER_CHARS)
                    : counting;
            return new LineReader(counting, new InputStreamReader(content, charset));
        } catch (IOException e) {
            counting.close();
            throw new IOException(file + " is no gzip file: " + e.getMessage(), e);
        }
    }

    /** The next line without its end, cut at the bound; null after the last. */
    @Nullable
    String next() throws IOException {
        line.setLength(0);
        tooLong = false;
        while (fill()) {
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            append(end);
            boolean complete = end < limit;
            position = complete ? end + 1 : end;
            if (complete) {
                return finished();
            }
        }
        return line.isEmpty() ? null : finished();
    }

    /** Whether the last line was cut. */
    boolean isTooLong() {
        return tooLong;
    }

    long bytesRead() {
        return counting.count;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    private boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        position = 0;
        limit = reader.read(buffer);
        return limit > 0;
    }

    private void append(int end) {
        int room = MAX_LINE_CHARS - line.length();
        tooLong |= end - position > room;
        line.append(buffer, position, Math.min(room, end - position));
    }

    private String finished() {
        int length = line.length();
        return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
    }

    /** Counts what is read of the stored bytes. */
    private static final class CountingStream extends FilterInputStream {
        private long count;

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }
}
