package dev.millrace.jcstress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.Main;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs all stress tests for a short while, in processes of their own. For longer, and in all ways to compile:
 *
 * <pre>
 *   ./mvnw -Dquick -pl verify/jcstress -am test -Dtest=StressTest -Dsurefire.failIfNoSpecifiedTests=false \
 *       -Dmillrace.jcstress.options='-m default'
 * </pre>
 *
 * {@code -t NAME} chooses among them.
 */
class StressTest {
    /** One process and a third of a second for each test. */
    private static final String OPTIONS =
            System.getProperty("millrace.jcstress.options", "-f 1 -iters 1 -time 300 -sc false -af NONE");

    /** What the tables need; given so, jcstress tries one way to compile instead of all. */
    private static final String JVM =
            "--enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector -Xmx512m -XX:+UseSerialGC";

    @TempDir
    private Path directory;

    @Test
    void readersWithoutLocks_againstAWriter_neverSeeWhatMayNotBe() throws IOException, InterruptedException {
        Path said = directory.resolve("said");
        int status = new ProcessBuilder(command())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start()
                .waitFor();
        List<String> lines = Files.readAllLines(said);
        lines.stream()
                .filter(line -> line.contains("Results:"))
                .reduce((before, last) -> last)
                .ifPresent(System.out::println);
        assertEquals(0, status, () -> String.join("\n", lines));
        assertTrue(lines.stream().anyMatch(line -> line.contains("Results:")), () -> String.join("\n", lines));
    }

    private static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(OPTIONS.split(" ")));
        boolean everyWay = OPTIONS.contains("-m ");
        command.addAll(List.of(everyWay ? "-jvmArgsPrepend" : "-jvmArgs", JVM));
        return command;
    }
}
