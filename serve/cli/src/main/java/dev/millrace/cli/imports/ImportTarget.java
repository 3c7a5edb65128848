package dev.millrace.cli.imports;

import dev.millrace.wire.imports.EventSink;

import java.io.IOException;

/** Takes the events of an import in batches and counts what became of them. Owned by one thread. */
public interface ImportTarget extends EventSink, AutoCloseable {
    /** Waits until everything that was given so far is stored. */
    void flush() throws IOException;

    ImportCounts counts();

    @Override
    void close() throws IOException;
}
