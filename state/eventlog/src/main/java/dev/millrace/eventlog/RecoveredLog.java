package dev.millrace.eventlog;

import java.nio.file.Path;

/**
 * What opening a log found: where it goes on, and which ids it knows. The parts are owned by the writing thread.
 *
 * @param end the offset of the next event
 */
record RecoveredLog(Path directory, ActiveSegment active, IdWindow window, long end) {
    /** The ids of events from {@code base} to {@code end}, as far back as the window reaches. */
    IdFile ids(long base, long end) {
        long first = Math.max(base, window.first());
        return new IdFile(first, window.copy(first, end));
    }
}
