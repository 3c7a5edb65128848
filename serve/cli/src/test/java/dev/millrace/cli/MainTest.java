package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

class MainTest {
    @TestFactory
    Stream<DynamicTest> command_help_showsOptionsAndExamples() {
        return Main.commandLine().getSubcommands().keySet().stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> requireHelp(name)));
    }

    private static void requireHelp(String name) {
        CommandRun run = CommandRun.of(name, "--help");
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("Usage: millrace " + name), run.out());
        assertTrue(run.out().contains("Examples:"), "no examples in " + run.out());
        assertTrue(run.out().contains("  millrace " + name), "no example of " + name + " in " + run.out());
    }

    @Test
    void help_listsEveryCommandAndTheExitCodes() {
        CommandRun run = CommandRun.of("--help");
        assertEquals(ExitCode.OK, run.exitCode());
        for (Map.Entry<String, CommandLine> command :
                Main.commandLine().getSubcommands().entrySet()) {
            assertTrue(run.out().contains("\n  " + command.getKey() + " "), run.out());
        }
        assertTrue(run.out().contains("69"), run.out());
    }

    /** A list of commands shows the first line of a description alone. */
    @Test
    void summary_ofEveryCommand_isAWholeSentence() {
        List<CommandLine> lines = new ArrayList<>(List.of(Main.commandLine()));
        for (int i = 0; i < lines.size(); i++) {
            lines.addAll(lines.get(i).getSubcommands().values());
            String[] description = lines.get(i).getCommandSpec().usageMessage().description();
            String name = lines.get(i).getCommandName();
            assertTrue(description.length > 0 && description[0].endsWith("."), name + ": " + List.of(description));
        }
        assertTrue(lines.size() > 20, () -> lines.size() + " commands");
    }

    @Test
    void time_withoutItsUnit_isUsageError() {
        CommandRun run = CommandRun.of("train", "--cpu-budget", "90");
        assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
        assertTrue(run.err().contains("'90' lacks its unit; give one like 90s"), run.err());
    }

    @Test
    void benchServe_withoutTimeForAStep_isRefused(@TempDir Path folder) {
        CommandRun run =
                CommandRun.of("bench", "serve", "--step", "0", "--items", "200", "--data-dir", folder.toString());
        assertEquals(ExitCode.FAILED, run.exitCode(), run.err());
        assertTrue(run.err().contains("--step is 0 ms; give 100ms or more"), run.err());
    }

    @Test
    void unknownCommand_isUsageErrorOnStandardError() {
        CommandRun run = CommandRun.of("recomend");
        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("recomend"), run.err());
        assertEquals("", run.out());
    }

    @Test
    void unknownOption_isUsageError() {
        CommandRun run = CommandRun.of("doctor", "--jason");
        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("--jason"), run.err());
    }

    @Test
    void settingThatDoesNotExist_isUsageErrorInASentence(@TempDir Path data) {
        CommandRun run = CommandRun.of("serve", "--data-dir", data.toString(), "--port", "0", "--set", "server.prot=1");
        assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
        assertTrue(run.err().contains("server.prot"), run.err());
        assertFalse(run.err().contains("\tat "), run.err());
    }

    /** What a refused start had made, such as a master key, would stand in the way of the corrected one. */
    @ParameterizedTest
    @ValueSource(strings = {"serve", "demo", "train", "doctor"})
    void settingThatDoesNotExist_isRefusedBeforeAnythingIsMade(String command, @TempDir Path data) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of("--data-dir", data.toString(), "--set", "keys.master-fil=" + data.resolve("K")));
        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
        assertTrue(run.err().contains("did you mean 'keys.master-file'"), run.err());
        try (Stream<Path> made = Files.list(data)) {
            assertEquals(List.of(), made.toList());
        }
    }

    @Test
    void reportThatCannotBeWritten_isToldBeforeTheDemoBegins(@TempDir Path folder) {
        String report = folder.resolve("missing").resolve("r.json").toString();
        CommandRun run = CommandRun.of("demo", "--headless", "--seconds", "600", "--report", report);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.err());
        assertTrue(run.err().contains("does not exist"), run.err());
    }

    @Test
    void noCommand_isUsageErrorWithHelp() {
        CommandRun run = CommandRun.of();
        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("Commands:"), run.err());
    }

    @Test
    void lucene_atWork_writesNothingPastOurLog() {
        Main.quietLibraries();
        System.gc();
        for (String name : new String[] {"internal.vectorization.VectorizationProvider", "store.MemorySegmentAccess"}) {
            assertFalse(Logger.getLogger("org.apache.lucene." + name).isLoggable(Level.INFO), name);
        }
    }

    @Test
    void version_namesTheJdk() {
        CommandRun run = CommandRun.of("--version");
        assertEquals(ExitCode.OK, run.exitCode());
        assertTrue(run.out().contains("JDK " + Runtime.version()), run.out());
        assertFalse(run.out().contains("null"), run.out());
    }
}
