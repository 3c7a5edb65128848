package dev.millrace.eventlog;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.millrace.model.Event;

/** The event log in files of one directory, written by one process. Thread-safe. */
public final class SegmentEventLog implements EventLog {
    /**
     * Opens the log for writing, repairing a torn tail.
     *
     * @throws dev.millrace.model.MillraceException CONFLICT when another process has it open, STORAGE_FAILED when it is
     *     damaged; the message names file and position
     */
    public static SegmentEventLog open(Path directory, EventLogConfig config) {
        throw new UnsupportedOperationException();
    }

    /** Opens a log that another process may be writing; changes nothing on disk. */
    public static ReadableEventLog openReadOnly(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Receipt> append(Event event) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<List<Receipt>> appendAll(List<? extends Event> events) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LogReader read(long fromOffset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void protectFrom(long offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long begin() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long end() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
