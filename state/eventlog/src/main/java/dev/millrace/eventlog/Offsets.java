package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

/** The rule on where reading may start. */
final class Offsets {
    private Offsets() {}

    static void requireWithin(long offset, long begin, long end) {
        if (offset < begin) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "offset " + offset + " was removed by retention; the log begins at " + begin
                            + ". Start from there, or from a snapshot that reaches it");
        }
        if (offset > end) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "offset " + offset + " lies beyond the end of the log, " + end
                            + ". The snapshot or position does not belong to this log");
        }
    }
}
