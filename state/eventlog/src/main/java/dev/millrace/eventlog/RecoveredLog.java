package dev.millrace.eventlog;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What opening a log found: where it goes on, and which ids it knows. The parts are owned by the writing thread.
 *
 * @param end the offset of the next event
 */
record RecoveredLog(Path directory, ActiveSegment active, IdWindow window, long end) {
    /** Saves the ids of events from {@code base} to {@code end}, as far back as the window reaches. */
    void saveIds(long base, long end) throws IOException {
        long first = Math.max(base, window.first());
        long[] hashes = new long[Math.toIntExact(2 * (end - first))];
        for (long offset = first; offset < end; offset++) {
            int at = (int) (2 * (offset - first));
            hashes[at] = window.high(offset);
            hashes[at + 1] = window.low(offset);
        }
        new IdFile(first, hashes).write(IdFile.pathFor(directory, base));
    }
}
