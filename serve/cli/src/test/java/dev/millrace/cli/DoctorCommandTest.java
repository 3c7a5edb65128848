package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

class DoctorCommandTest {
    @Test
    void doctor_json_namesEverySubjectWithItsMeaning(@TempDir Path folder) throws IOException {
        CommandRun run = CommandRun.of("doctor", "--json", "--data-dir", folder.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        JsonNode findings = new ObjectMapper().readTree(run.out()).get("findings");
        Set<String> subjects = new TreeSet<>();
        for (JsonNode finding : findings) {
            subjects.add(finding.get("subject").asText());
            assertFalse(finding.get("meaning").asText().isBlank(), finding.toString());
        }
        Set<String> expected = Set.of(
                "JDK",
                "Cores",
                "SIMD",
                "int8",
                "Huge pages",
                "Memory",
                "Disk",
                "fsync",
                "GPU",
                "ONNX Runtime",
                "libtorch");
        assertTrue(subjects.containsAll(expected), subjects.toString());
    }

    @Test
    void doctor_leavesNothingInTheFolder(@TempDir Path folder) throws IOException {
        CommandRun.of("doctor", "--data-dir", folder.toString());
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void doctor_missingFolder_failsWithTheFix() {
        CommandRun run = CommandRun.of("doctor", "--data-dir", "/no/such/folder");
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("/no/such/folder"), run.err());
        assertTrue(run.err().contains("give one that exists"), run.err());
    }
}
