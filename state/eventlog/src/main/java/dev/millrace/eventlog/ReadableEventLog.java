package dev.millrace.eventlog;

/** An event log that can be read. Thread-safe. */
public interface ReadableEventLog extends AutoCloseable {
    /** The offset of the oldest event that is still kept. */
    long begin();

    /** One more than the offset of the newest readable event. */
    long end();

    /**
     * A reader that starts at an offset.
     *
     * @param fromOffset between {@link #begin()} and {@link #end()}, both included
     * @throws dev.millrace.model.MillraceException (NOT_FOUND) when the offset lies outside
     */
    LogReader read(long fromOffset);

    @Override
    void close();
}
