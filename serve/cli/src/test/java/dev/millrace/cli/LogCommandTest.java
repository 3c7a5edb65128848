package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class LogCommandTest {
    private static final int EVENTS = 10;

    @TempDir
    private Path data = Path.of("");

    private Path segment = Path.of("");

    @BeforeEach
    void write() throws Exception {
        segment = data.resolve("log/00000000000000000000.seg");
        try (SegmentEventLog log = SegmentEventLog.open(data.resolve("log"), EventLogConfig.defaults())) {
            for (int i = 0; i < EVENTS; i++) {
                log.append(new Event.UserDeleted(new EventId("e" + i), Instant.EPOCH, new UserId("user-" + i)))
                        .get();
            }
        }
    }

    @Test
    void slates_ofALog_areLinesOfTheKeysOfTheirItems() throws Exception {
        try (SegmentEventLog log = SegmentEventLog.open(data.resolve("log"), EventLogConfig.defaults())) {
            for (String item : new String[] {"a", "b", "c"}) {
                log.append(new Event.ItemUpserted(
                                new EventId("i" + item),
                                Instant.EPOCH,
                                new Item(new ItemId(item), "", List.of(), Map.of(), Instant.EPOCH, true)))
                        .get();
            }
            log.append(slate("s1", "c", "a")).get();
            log.append(slate("s2", "never-named", "b", "c")).get();
        }
        Path to = data.resolve("slates.txt");
        CommandRun run = CommandRun.of("log", "slates", "--data-dir", data.toString(), "--to", to.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("2 slates to "), run.out());
        assertEquals(List.of("2 0", "1 2"), Files.readAllLines(to));
        CommandRun again = CommandRun.of("log", "slates", "--data-dir", data.toString(), "--to", to.toString());
        assertEquals(ExitCode.FAILED, again.exitCode());
        assertTrue(again.err().contains("is there already"), again.err());
    }

    @Test
    void slates_ofALogThatCannotBeReadToItsEnd_leaveNothingForTheNextRunToRefuse() throws Exception {
        damage();
        Path to = data.resolve("slates.txt");
        CommandRun run = CommandRun.of("log", "slates", "--data-dir", data.toString(), "--to", to.toString());
        assertEquals(ExitCode.FAILED, run.exitCode(), run.out());
        assertTrue(run.err().contains("is damaged"), run.err());
        try (Stream<Path> left = Files.list(data)) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.toString().contains("slates")).toList());
        }
        document("skip-damage", "--yes");
        CommandRun again = CommandRun.of("log", "slates", "--data-dir", data.toString(), "--to", to.toString());
        assertEquals(ExitCode.OK, again.exitCode(), again.err());
        assertTrue(Files.exists(to));
    }

    private static Event slate(String id, String... items) {
        return new Event.SlateServed(
                new EventId(id),
                Instant.EPOCH,
                new UserId("user"),
                new RecommendationId(id),
                "home",
                "",
                Arrays.stream(items)
                        .map(item -> new Event.SlateEntry(new ItemId(item), 1, 1, "trending"))
                        .toList());
    }

    private void damage() throws Exception {
        byte[] bytes = Files.readAllBytes(segment);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("user-3")] ^= 1;
        Files.write(segment, bytes);
    }

    @Test
    void verify_wholeLog_isOk() {
        CommandRun run = CommandRun.of("log", "verify", "--data-dir", data.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("10 events, offsets 0 to 10, in 1 segments"), run.out());
    }

    @Test
    void skipDamage_withoutYes_saysWhatWouldBeLostAndChangesNothing() throws Exception {
        damage();
        byte[] before = Files.readAllBytes(segment);
        for (String command : new String[] {"verify", "skip-damage"}) {
            CommandRun run = CommandRun.of("log", command, "--data-dir", data.toString());
            assertEquals(ExitCode.FAILED, run.exitCode(), run.out());
            assertTrue(run.out().contains("events 3 to 3"), run.out());
            assertTrue(run.out().contains("1 events would be lost"), run.out());
            assertTrue(run.err().startsWith("millrace: "), run.err());
        }
        assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(segment)));
    }

    @Test
    void skipDamage_confirmed_makesTheLogOpenAgain() throws Exception {
        damage();
        CommandRun refused = CommandRun.of("train", "--data-dir", data.toString());
        assertTrue(refused.err().contains("millrace log skip-damage"), refused.err());
        JsonNode done = document("skip-damage", "--yes");
        assertTrue(done.path("changed").asBoolean(), done.toString());
        assertEquals(1, done.path("lostEvents").asInt());
        assertEquals(3, done.path("damages").path(0).path("fromOffset").asInt());
        JsonNode after = document("verify");
        assertTrue(after.path("whole").asBoolean(), after.toString());
        assertEquals(EVENTS - 1, after.path("events").asInt());
        assertEquals(1, after.path("skippedEarlier").asInt());
        try (SegmentEventLog log = SegmentEventLog.open(data.resolve("log"), EventLogConfig.defaults())) {
            assertEquals(EVENTS, log.end());
        }
        assertFalse(document("skip-damage", "--yes").path("changed").asBoolean(true));
    }

    @Test
    void verify_ofALogThatEndsBeforeItsSnapshot_isDamage() throws Exception {
        byte[] bytes = Files.readAllBytes(segment);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(segment, Arrays.copyOf(bytes, text.indexOf("user-7")));
        Files.createDirectories(data.resolve("snapshots"));
        Files.createFile(data.resolve("snapshots/features-00000000000000000010.snapshot"));
        CommandRun run = CommandRun.of("log", "verify", "--data-dir", data.toString());
        assertEquals(ExitCode.FAILED, run.exitCode(), run.out());
        assertTrue(run.out().contains("events 7 to 9"), run.out());
        assertTrue(run.out().contains("A snapshot holds what happened up to offset 10"), run.out());
        assertTrue(run.err().contains("millrace log skip-damage"), run.err());
        assertTrue(document("skip-damage", "--yes").path("changed").asBoolean());
        assertEquals(10, document("verify").path("end").asInt());
    }

    private JsonNode document(String... command) throws Exception {
        String[] arguments = new String[command.length + 4];
        arguments[0] = "log";
        System.arraycopy(command, 0, arguments, 1, command.length);
        arguments[command.length + 1] = "--data-dir";
        arguments[command.length + 2] = data.toString();
        arguments[command.length + 3] = "--json";
        CommandRun run = CommandRun.of(arguments);
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        return new ObjectMapper().readTree(run.out());
    }
}
