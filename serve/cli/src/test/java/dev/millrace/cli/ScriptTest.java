package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the real {@code ./millrace} in a copy of the house whose JDKs and Maven are small scripts. */
class ScriptTest {
    private static final Path PROJECT =
            Path.of("").toAbsolutePath().resolve("../..").normalize();
    private static final String GOOD_MAVEN = """
            #!/bin/sh
            echo "[INFO] Building millrace-model 0.1.0-SNAPSHOT     [1/2]"
            echo "[INFO] noise"
            echo "[INFO] Building millrace-cli 0.1.0-SNAPSHOT     [2/2]"
            echo build >>builds
            """;

    @TempDir
    private Path home = Path.of("");

    @BeforeEach
    void copyTheScript() throws IOException {
        Files.createDirectories(home.resolve("build"));
        Files.copy(PROJECT.resolve("build/find-jdk.sh"), home.resolve("build/find-jdk.sh"));
        script("millrace", Files.readString(PROJECT.resolve("millrace")));
        script("mvnw", GOOD_MAVEN);
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        Files.createDirectories(home.resolve("serve/cli/src/main/java"));
        jdk("jdk-17", 17);
        jdk("jdk-25", 25);
    }

    @Test
    void script_firstUse_buildsWithALinePerModuleThenRuns() throws Exception {
        Run run = run(Map.of("MILLRACE_JAVA_HOME", home + "/jdk-25"), "doctor", "--json");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("[1/2]  model"), run.err());
        assertTrue(run.err().contains("[2/2]  cli"), run.err());
        assertFalse(run.err().contains("noise"), run.err());
        assertTrue(run.out().startsWith("java 25"), run.out());
        assertTrue(run.out().strip().endsWith("dev.millrace.cli.Main doctor --json"), run.out());
    }

    @Test
    void script_secondUse_buildsOnlyAfterAChange() throws Exception {
        Map<String, String> jdk = Map.of("MILLRACE_JAVA_HOME", home + "/jdk-25");
        run(jdk, "doctor");
        Run second = run(jdk, "doctor");
        assertEquals("", second.err());
        assertEquals(1, builds());
        Path source = home.resolve("serve/cli/src/main/java/Main.java");
        Files.writeString(source, "class Main {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        run(jdk, "doctor");
        assertEquals(2, builds());
    }

    @Test
    void script_failedBuild_showsTheEndOfTheLogAndExits70() throws Exception {
        script("mvnw", "#!/bin/sh\necho '[ERROR] Main.java:[7,1] cannot find symbol'\nexit 1\n");
        Run run = run(Map.of("MILLRACE_JAVA_HOME", home + "/jdk-25"), "doctor");
        assertEquals(70, run.exitCode());
        assertTrue(run.err().contains("cannot find symbol"), run.err());
        assertTrue(run.err().contains("build.log"), run.err());
        assertEquals("", run.out());
    }

    @Test
    void script_javaHomeIs17_findsANewerJdkElsewhere() throws Exception {
        Map<String, String> environment =
                Map.of("JAVA_HOME", home + "/jdk-17", "PATH", home + "/jdk-25/bin:/usr/bin:/bin");
        Run run = run(environment, "--version");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("Building Millrace with " + home.toRealPath() + "/jdk-25"), run.err());
        assertTrue(run.out().startsWith("java 25"), run.out());
    }

    @Test
    void script_calledThroughALinkFromElsewhere_findsItsHouse() throws Exception {
        Path link = Files.createSymbolicLink(home.resolve("link"), home.resolve("millrace"));
        Run run = run(link, Map.of("MILLRACE_JAVA_HOME", home + "/jdk-25"), "x");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("-Dmillrace.home=" + home.toRealPath()), run.out());
    }

    private long builds() throws IOException {
        return Files.readAllLines(home.resolve("builds")).size();
    }

    private void jdk(String name, int version) throws IOException {
        Files.createDirectories(home.resolve(name + "/bin"));
        script(name + "/bin/java", "#!/bin/sh\necho java " + version + " \"$@\"\n");
        script(name + "/bin/javac", "#!/bin/sh\n");
        Files.writeString(home.resolve(name + "/release"), "JAVA_VERSION=\"" + version + ".0.1\"\n");
    }

    private void script(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.writeString(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot make executable: " + file);
        }
    }

    private Run run(Map<String, String> environment, String... arguments) throws Exception {
        return run(home.resolve("millrace"), environment, arguments);
    }

    private Run run(Path command, Map<String, String> environment, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of("sh", command.toString()));
        words.addAll(List.of(arguments));
        Path out = Files.createTempFile(home, "run", ".out");
        Path err = Files.createTempFile(home, "run", ".err");
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment().putAll(environment);
        Process process = builder.redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .directory(Path.of("/").toFile())
                .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the script did not end");
        return new Run(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private record Run(int exitCode, String out, String err) {}
}
