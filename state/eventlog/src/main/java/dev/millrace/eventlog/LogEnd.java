package dev.millrace.eventlog;

import java.time.Duration;

/** How far a log can be read. Thread-safe. */
interface LogEnd {
    /** One more than the offset of the newest readable event. */
    long end();

    /** Waits until the end lies beyond an offset; returns whether it does. */
    boolean awaitBeyond(long offset, Duration timeout) throws InterruptedException;
}
