package dev.millrace.eventlog;

import java.nio.file.Path;

/**
 * A place in a segment that cannot be read.
 *
 * @param position the first byte that is damaged or missing
 * @param bytes how many bytes are of no use
 * @param fromOffset the first event that is lost
 * @param toOffset the first event that can be read again; the same where no event is lost, only a mark or a header
 */
public record LogDamage(Path file, long position, long bytes, long fromOffset, long toOffset) {
    public long events() {
        return toOffset - fromOffset;
    }
}
