package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;

/** What the log says when something went wrong. */
final class LogFailures {
    private LogFailures() {}

    static MillraceException io(String doing, Path file, IOException cause) {
        if (cause instanceof ClosedByInterruptException) {
            return new MillraceException(
                    ErrorCode.UNAVAILABLE, "the thread was interrupted while " + doing + " " + file, cause);
        }
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                doing + " " + file + " failed: " + cause.getMessage() + ". Check the disk and its free space",
                cause);
    }

    /** @param resumesAt the offset where readable events go on, or −1 when unknown */
    static MillraceException damaged(Path file, long position, long offset, long resumesAt) {
        String lost = resumesAt < 0
                ? "nothing readable follows in this file"
                : "events " + offset + " to " + (resumesAt - 1) + " may be affected, readable events go on at "
                        + resumesAt;
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "segment " + file + " is damaged at byte " + position + ", where event " + offset + " should be; "
                        + lost
                        + ". Put the file back from a copy, or see what is lost with 'millrace log verify' and go on without it"
                        + " with 'millrace log skip-damage'");
    }

    /** @param knownEnd the offset up to which a snapshot holds what happened */
    static MillraceException endIsMissing(Path directory, long end, long knownEnd) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "the event log " + directory + " ends at offset " + end
                        + ", and a snapshot beside it holds what happened up to"
                        + " offset " + knownEnd + ": " + (knownEnd - end)
                        + " acknowledged events are missing. Put the log"
                        + " back from a copy, or see what is lost with 'millrace log verify' and go on without it with"
                        + " 'millrace log skip-damage'");
    }

    static MillraceException notAppended(IOException cause) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "the event log could not write (" + cause.getMessage()
                        + "); nothing of this was stored. Free disk space and send the events again",
                cause);
    }

    static MillraceException withoutKeys(Throwable cause) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "nothing of this was stored: its users' keys could not be made (" + cause.getMessage()
                        + "). Send the events again once the key table works",
                cause);
    }

    static MillraceException stopped(Throwable cause) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "the event log takes no more events since the disk failed to confirm a write (" + cause.getMessage()
                        + "). Check the disk, then restart; events that were not acknowledged must be sent again",
                cause);
    }

    static MillraceException closed() {
        return new MillraceException(ErrorCode.UNAVAILABLE, "the event log is closed");
    }
}
