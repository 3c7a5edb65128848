package dev.millrace.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A process that appends is killed with {@code kill -9} and its log opened again. Three rounds by default;
 * {@code -Dmillrace.crash.rounds=200} for the whole proof.
 */
class EventLogCrashTest {
    private static final int ROUNDS = Integer.getInteger("millrace.crash.rounds", 3);

    @TempDir
    Path directory;

    @Test
    void log_afterKill_holdsEveryAcknowledgedEventOnce() throws Exception {
        Random random = Seed.random("log_afterKill");
        Map<String, Long> acknowledged = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            int before = acknowledged.size();
            runAndKill("r" + round, 1 + random.nextInt(1500), acknowledged);
            assertTrue(acknowledged.size() > before, "the process acknowledged something");
            requireAllOnce(acknowledged, random.nextBoolean());
        }
        System.out.println(ROUNDS + " kills, " + acknowledged.size() + " acknowledged events, none lost, none doubled");
    }

    @Test
    void log_filesLimited_failsCleanlyAndKeepsWhatWasAcknowledged() throws Exception {
        Map<String, Long> acknowledged = new HashMap<>();
        // In blocks of 512 or 1,024 bytes, by shell: below the size of one segment either way.
        Process process = start("ulimit -f 40; exec \"$@\"", "limited", "200");
        int refused = 0;
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("!")) {
                    assertTrue(line.contains("could not write"), line);
                    refused++;
                } else {
                    note(line, acknowledged);
                }
            }
        }
        assertEquals(0, process.waitFor());
        assertTrue(refused > 0 && !acknowledged.isEmpty(), refused + " refused, " + acknowledged.size() + " stored");
        requireAllOnce(acknowledged, true);
    }

    /** Kills the process after that many acknowledgements, and takes those that were printed before its end. */
    private void runAndKill(String prefix, int after, Map<String, Long> acknowledged) throws Exception {
        Process process = start("exec \"$@\"", prefix, "1000000");
        int count = 0;
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                note(line, acknowledged);
                if (++count == after) {
                    // The handle, not the process: that would close the pipe with what is still in it.
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        assertEquals(137, process.waitFor());
    }

    private Process start(String script, String prefix, String events) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx128m", "-XX:+UseSerialGC"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(AppendingProcess.class.getName());
        command.addAll(List.of(directory.toString(), prefix, "6", events));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void note(String line, Map<String, Long> acknowledged) {
        // A line that the kill cut off is no acknowledgement that anybody saw.
        String[] words = line.split(" ", -1);
        if (words.length == 3 && words[0].equals("+")) {
            Long earlier = acknowledged.put(words[1], Long.valueOf(words[2]));
            assertTrue(earlier == null || earlier.equals(Long.valueOf(words[2])), line + ", earlier at " + earlier);
        }
    }

    private void requireAllOnce(Map<String, Long> acknowledged, boolean readOnlyFirst) throws Exception {
        if (readOnlyFirst) {
            try (ReadableEventLog log = SegmentEventLog.openReadOnly(directory)) {
                requireAllOnce(acknowledged, log);
            }
        }
        try (ReadableEventLog log = SegmentEventLog.open(directory, EventLogConfig.defaults())) {
            requireAllOnce(acknowledged, log);
        }
    }

    private static void requireAllOnce(Map<String, Long> acknowledged, ReadableEventLog log) {
        Map<String, Long> found = new HashMap<>();
        try (LogReader reader = log.read(0)) {
            while (reader.poll(
                            (offset, event) ->
                                    assertNull(found.put(event.id().value(), offset), event.id() + " is doubled"),
                            1000)
                    > 0) {
                assertTrue(reader.offset() <= log.end());
            }
        }
        acknowledged.forEach((id, offset) -> {
            assertNotNull(found.get(id), id + " is lost");
            assertEquals(offset, found.get(id), id);
        });
    }
}
