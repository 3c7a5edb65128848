package dev.millrace.server.ingest;

import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** The lines of a stream of unknown length, in bounded memory. Owned by one thread. */
final class BodyLines {
    private final InputStream in;
    private final byte[] buffer = new byte[16 << 10];
    private final byte[] line;
    private int position;
    private int limit;
    private long number;

    BodyLines(InputStream in, int longestLine) {
        this.in = in;
        this.line = new byte[longestLine];
    }

    /** The number of the last line that was read, from 1. */
    long number() {
        return number;
    }

    /**
     * The next line that is not blank; null at the end.
     *
     * @throws InvalidValueException for a line that is too long; the next call goes on behind it
     */
    byte @Nullable [] next() throws IOException {
        while (true) {
            int length = read();
            if (length < 0) {
                return null;
            }
            number++;
            if (length > line.length) {
                throw new InvalidValueException(
                        "", "the line has more than " + line.length + " bytes; split it into several events");
            }
            if (!isBlank(length)) {
                return Arrays.copyOf(line, length);
            }
        }
    }

    /** Whether the next line is not here yet, so that what was read should not wait for it. */
    boolean isWaiting() throws IOException {
        return position == limit && in.available() == 0;
    }

    /** Reads up to the end of a line; −1 at the end, more than the buffer's length for a line that does not fit. */
    private int read() throws IOException {
        int length = 0;
        boolean any = false;
        while (true) {
            if (position == limit && !fill()) {
                return any ? length : -1;
            }
            any = true;
            byte next = buffer[position++];
            if (next == '\n') {
                return length;
            }
            if (length < line.length) {
                line[length] = next;
            }
            length = Math.min(length + 1, line.length + 1);
        }
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }

    private boolean isBlank(int length) {
        for (int i = 0; i < length; i++) {
            if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
