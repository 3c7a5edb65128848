package dev.millrace.wire.imports;

import java.io.IOException;

/** Takes the lines of an import that cannot be read. */
@FunctionalInterface
public interface RejectSink {
    void reject(Reject reject) throws IOException;

    /** One line that cannot be read. */
    record Reject(String file, long line, String raw, String reason) {}
}
