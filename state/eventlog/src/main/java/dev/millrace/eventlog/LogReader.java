package dev.millrace.eventlog;

import java.time.Duration;

/** A place in an event log that moves forward. Owned by one thread. */
public interface LogReader extends AutoCloseable {
    /** The offset of the next event. */
    long offset();

    /**
     * Gives the consumer the next events that are on disk. When the consumer throws, its event counts as not read.
     *
     * @return how many there were, at most {@code max}; 0 at the end of the log
     * @throws dev.millrace.model.MillraceException (STORAGE_FAILED) naming file and position of a damaged record
     */
    int poll(EventConsumer consumer, int max);

    /** Waits for the next event; returns whether there is one. */
    boolean await(Duration timeout) throws InterruptedException;

    @Override
    void close();
}
