package dev.millrace.eventlog;

import java.util.List;

/**
 * What reading a whole log found.
 *
 * @param begin the offset of the first event
 * @param end the offset behind the last event
 * @param events how many can be read
 * @param bytes the size of all segments
 * @param skipped how many were lost and skipped at an earlier time
 * @param tornBytes what a write that was not finished left at the end; it was never acknowledged, and opening cuts it off
 */
public record LogReport(
        int segments,
        long begin,
        long end,
        long events,
        long bytes,
        long skipped,
        long tornBytes,
        List<LogDamage> damages) {
    public LogReport {
        damages = List.copyOf(damages);
    }

    public boolean isWhole() {
        return damages.isEmpty();
    }

    /** How many events cannot be read. */
    public long lost() {
        return damages.stream().mapToLong(LogDamage::events).sum();
    }
}
