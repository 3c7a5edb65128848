package dev.millrace.cli;

import dev.millrace.eventlog.LogDamage;
import dev.millrace.eventlog.LogRepair;
import dev.millrace.eventlog.LogReport;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.SnapshotDirectory;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was found in a log, for people and for programs.
 *
 * @param reach the offset up to which a snapshot beside the log holds what happened; 0 without one
 */
record LogFindings(LogReport report, long reach) {
    /** Of the log of a data directory, of which nothing is changed. */
    static LogFindings in(Path dataDir) {
        long reach = reachOf(dataDir);
        return new LogFindings(LogRepair.examine(logOf(dataDir), reach), reach);
    }

    /** As {@link #in}, and the log goes on without what is damaged. */
    static LogFindings skipped(Path dataDir) {
        long reach = reachOf(dataDir);
        return new LogFindings(LogRepair.skipDamage(logOf(dataDir), reach, Clock.system()), reach);
    }

    private static Path logOf(Path dataDir) {
        return dataDir.resolve("log");
    }

    private static long reachOf(Path dataDir) {
        return SnapshotDirectory.reach(dataDir.resolve("snapshots"));
    }

    /** @param changed whether the damage was taken out */
    void print(PrintWriter out, boolean json, boolean changed) {
        if (json) {
            out.println(OutputOptions.document(document(changed)));
        } else {
            text(out, changed);
        }
        out.flush();
    }

    private Map<String, Object> document(boolean changed) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("whole", report.isWhole() || changed);
        document.put("changed", changed);
        document.put("segments", report.segments());
        document.put("bytes", report.bytes());
        document.put("begin", report.begin());
        document.put("end", report.end());
        document.put("snapshotReach", reach);
        document.put("events", report.events());
        document.put("lostEvents", report.lost());
        document.put("skippedEarlier", report.skipped());
        document.put("tornBytes", report.tornBytes());
        document.put(
                "damages", report.damages().stream().map(LogFindings::damage).toList());
        return document;
    }

    private static Map<String, Object> damage(LogDamage damage) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("file", damage.file().toString());
        document.put("byte", damage.position());
        document.put("bytes", damage.bytes());
        document.put("fromOffset", damage.fromOffset());
        document.put("toOffset", damage.toOffset());
        document.put("events", damage.events());
        return document;
    }

    private void text(PrintWriter out, boolean changed) {
        out.printf(
                "%d events, offsets %d to %d, in %d segments of %d bytes.%n",
                report.events(), report.begin(), report.end(), report.segments(), report.bytes());
        if (report.skipped() > 0) {
            out.printf("%d events were lost and skipped at an earlier time.%n", report.skipped());
        }
        if (report.tornBytes() > 0) {
            out.printf(
                    "%d bytes at the end are of a write that was not finished; they were never acknowledged.%n",
                    report.tornBytes());
        }
        List<LogDamage> damages = report.damages();
        for (LogDamage damage : damages) {
            out.printf("%s, byte %d: %s%n", damage.file(), damage.position(), told(damage));
        }
        if (!damages.isEmpty() && damages.getLast().toOffset() == reach) {
            out.printf("A snapshot holds what happened up to offset %d: the log reached there.%n", reach);
        }
        if (!damages.isEmpty()) {
            out.printf(changed ? "%d events are lost.%n" : "%d events would be lost.%n", report.lost());
        }
    }

    private static String told(LogDamage damage) {
        String bytes = damage.bytes() == 0 ? "the end is missing" : damage.bytes() + " bytes cannot be read";
        return damage.events() == 0
                ? bytes + ", no event among them"
                : bytes + ", events " + damage.fromOffset() + " to " + (damage.toOffset() - 1);
    }
}
