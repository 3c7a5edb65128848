package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.SegmentEventLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ImportCommandTest {
    private static final String LINES = """
            {"item":{"id":"i1","title":"One","topics":["Jazz"]}}
            {"eventId":"e1","user":"u1","item":"i1","type":"click","timestamp":1700000000000}
            {"eventId":"e2","user":"u1","item":"i1","type":"shrug","timestamp":1700000000001}
            not json at all
            {"eventId":"e3","user":"u2","item":"i1","type":"like","timestamp":1700000000002}
            """;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void import_badLines_areCountedAndKeptWithTheirReason() throws IOException {
        JsonNode figures = importInto("data");
        assertEquals(5, figures.get("lines").asInt());
        assertEquals(3, figures.get("events").asInt());
        assertEquals(3, figures.get("accepted").asInt());
        assertEquals(2, figures.get("rejectedLines").asInt());
        List<String> kept = Files.readAllLines(Path.of(figures.get("rejectFile").asText()));
        assertEquals(2, kept.size());
        assertTrue(kept.getFirst().contains("shrug") && kept.getFirst().contains("\"line\":3"), kept.getFirst());
        assertTrue(kept.getLast().contains("not json at all"), kept.getLast());
    }

    @Test
    void import_repeated_hasNoEffect() throws IOException {
        importInto("data");
        JsonNode second = importInto("data");
        assertEquals(0, second.get("accepted").asInt());
        assertEquals(3, second.get("duplicates").asInt());
    }

    @Test
    void import_dataDirectoryHeldByAServer_failsWithTheWayOut() throws IOException {
        Path data = folder.resolve("held");
        try (SegmentEventLog held = SegmentEventLog.open(data.resolve("log"), EventLogConfig.defaults())) {
            CommandRun run =
                    CommandRun.of("import", "--format", "jsonl", file().toString(), "--data-dir", data.toString());
            assertEquals(0, held.end());
            assertEquals(ExitCode.FAILED, run.exitCode());
            assertTrue(run.err().contains("a server holds " + data), run.err());
            assertTrue(run.err().contains("--url"), run.err());
        }
    }

    @Test
    void import_noSuchPath_failsAndMakesNothing() {
        Path data = folder.resolve("none");
        CommandRun run = CommandRun.of("import", "--format", "csv", "/no/such.csv", "--data-dir", data.toString());
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("/no/such.csv"), run.err());
        assertFalse(Files.exists(data));
    }

    @Test
    void import_ofAHeaderThatItCannotRead_isToldInASentence() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), "when,where\n1,2\n");
        String data = folder.resolve("new").toString();
        CommandRun run = CommandRun.of("import", "--format", "csv", file.toString(), "--data-dir", data);
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("no column"), run.err());
        assertFalse(run.err().contains("please report"), run.err());
    }

    @Test
    void import_unknownFormat_isUsageErrorThatNamesTheKnownOnes() {
        CommandRun run = CommandRun.of("import", "--format", "excel", "x");
        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("excel") && run.err().contains("MOVIELENS"), run.err());
    }

    @Test
    void import_serverThatIsNotThere_failsWithItsAddress() throws IOException {
        // Port 9 is "discard", which nothing on a test machine listens to.
        CommandRun run = CommandRun.of("import", "--format", "jsonl", file().toString(), "--url", "http://127.0.0.1:9");
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("127.0.0.1:9"), run.err());
    }

    @Test
    void train_folderWithoutALog_failsWithTheWayOut() {
        CommandRun run =
                CommandRun.of("train", "--data-dir", folder.resolve("empty").toString());
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("import"), run.err());
    }

    @Test
    void recommend_withoutAUser_isUsageError() {
        assertEquals(ExitCode.USAGE, CommandRun.of("recommend").exitCode());
    }

    @Test
    void demo_noTime_failsBeforeAnythingStarts() {
        CommandRun run = CommandRun.of("demo", "--headless", "--seconds", "0");
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("--seconds is 0"), run.err());
    }

    private JsonNode importInto(String name) throws IOException {
        Path data = folder.resolve(name);
        CommandRun run = CommandRun.of(
                "import", "--format", "jsonl", file().toString(), "--data-dir", data.toString(), "--json");
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        return new ObjectMapper().readTree(run.out());
    }

    private Path file() throws IOException {
        return Files.writeString(folder.resolve("events.jsonl"), LINES);
    }
}
