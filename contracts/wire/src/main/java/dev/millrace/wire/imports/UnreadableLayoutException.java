package dev.millrace.wire.imports;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A file is not of the layout that was asked for, so that none of its lines can be understood. */
public final class UnreadableLayoutException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    public UnreadableLayoutException(String message) {
        super(message, new IOException(message));
    }
}
