package dev.millrace.eventlog;

import dev.millrace.model.Event;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The durable, ordered record of everything that happened; offsets count events from 0 without gaps. Thread-safe.
 *
 * <p>An append is complete when the event is on disk. An event whose id is among the newest events of the log, in a
 * window that survives restarts, is acknowledged as a duplicate and not stored again. A future fails with a
 * {@link dev.millrace.model.MillraceException}: STORAGE_FAILED when the disk did not take the event, OVERLOADED when too
 * much waits for the disk already, UNAVAILABLE when the log is closed. Futures complete on the log's own thread: what
 * depends on them must be short or asynchronous, and must neither wait for another append nor
 * close the log.
 */
public interface EventLog extends ReadableEventLog {
    CompletableFuture<Receipt> append(Event event);

    /** Appends events in this order; complete when all are on disk. After a crash, a first part of them may be there. */
    CompletableFuture<List<Receipt>> appendAll(List<? extends Event> events);

    /**
     * Says that state up to this offset is saved elsewhere; retention keeps every event from it on. Until this is called,
     * it keeps all.
     */
    void protectFrom(long offset);

    /** Waits until what was appended is on disk, then closes. */
    @Override
    void close();
}
