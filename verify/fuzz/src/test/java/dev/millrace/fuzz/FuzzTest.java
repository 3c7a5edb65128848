package dev.millrace.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.Jazzer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs each target for some seconds in a process of its own. For longer:
 *
 * <pre>
 *   ./mvnw -Dquick -pl verify/fuzz -am test -Dtest=FuzzTest -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.fuzz.seconds=600
 * </pre>
 *
 * What fails is printed with the input as Base64, and as a program that repeats it. {@code -Dmillrace.fuzz.seed} repeats a run.
 */
class FuzzTest {
    private static final int SECONDS = Integer.getInteger("millrace.fuzz.seconds", 4);
    private static final long SEED = Long.getLong("millrace.fuzz.seed", System.nanoTime() & 0x7FFF_FFFF);

    /** An input that takes longer hangs. */
    private static final int LONGEST_SECONDS = 20;

    /** Less than an unchecked length asks for. */
    private static final String HEAP = "-Xmx512m";

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> readers_ofChangedFiles_refuseThemAsDeclared() {
        return Stream.of(
                        StoreTarget.class,
                        SnapshotTarget.class,
                        ColdObjectTarget.class,
                        KeyTableTarget.class,
                        EventLogTarget.class,
                        EventTarget.class,
                        BundleTarget.class)
                .map(target -> DynamicTest.dynamicTest(target.getSimpleName(), () -> fuzz(target)));
    }

    private void fuzz(Class<?> target) throws IOException, InterruptedException {
        Path home = Files.createDirectories(directory.resolve(target.getSimpleName()));
        Path said = home.resolve("said");
        int status = new ProcessBuilder(command(target, home))
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start()
                .waitFor();
        String text = Files.readString(said);
        assertEquals(0, status, () -> "seed " + SEED + ": " + text);
        String done = text.lines()
                .filter(line -> line.startsWith("Done "))
                .findFirst()
                .orElse("");
        assertTrue(done.matches("Done [1-9].*"), () -> "seed " + SEED + ": no input was tried: " + text);
        System.out.println(target.getSimpleName() + ", seed " + SEED + ": " + done);
    }

    private static List<String> command(Class<?> target, Path home) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(HEAP, "-XX:+UseSerialGC", "-XX:+EnableDynamicAgentLoading"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector"));
        command.addAll(List.of("-Djava.io.tmpdir=" + home, "-cp", System.getProperty("java.class.path")));
        command.add(Jazzer.class.getName());
        command.add("--target_class=" + target.getName());
        command.add("--instrumentation_includes=dev.millrace.**");
        command.addAll(List.of("-seed=" + SEED, "-max_total_time=" + SECONDS, "-timeout=" + LONGEST_SECONDS));
        command.addAll(List.of("-max_len=4096", "-len_control=0", "-rss_limit_mb=0", "-print_final_stats=0"));
        return command;
    }
}
