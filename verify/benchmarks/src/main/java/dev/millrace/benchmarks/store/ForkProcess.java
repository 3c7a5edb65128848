package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.together.PackingFork;
import dev.millrace.benchmarks.store.trace.TraceFork;
import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a {@link Fork} in a process of its own and reads what it measured. Stateless. */
final class ForkProcess {
    static final int LIMIT_MINUTES = 15;
    private static final int LAST_LINES = 12;
    /** Whose order takes a minute; more rows would say nothing else. */
    private static final long MOST_PLANTED_ROWS = 1_000_000;

    private static final List<String> OPTIONS = List.of(
            "-XX:+UseTransparentHugePages",
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules",
            "jdk.incubator.vector",
            "--sun-misc-unsafe-memory-access=allow");

    private ForkProcess() {}

    /** What came of a fork: figures, or the reason why there are none. */
    sealed interface Outcome {
        record Measured(Figures figures) implements Outcome {}

        /** The store does not do what the workload asks for. */
        record NotOffered(String reason) implements Outcome {}

        record Failed(String reason) implements Outcome {}
    }

    /** @param peers the folder of the peers' jars */
    static Outcome run(Fork fork, Path peers) throws IOException {
        deleteAll(fork.directory());
        Files.createDirectories(fork.directory());
        Said said = run(command(fork), fork.directory().resolveSibling("fork.out"), peers);
        deleteAll(fork.directory());
        return outcome(said);
    }

    /** Replays the traces of a folder. */
    static Said replay(Path traces, Path directory, Path peers) throws IOException {
        List<String> command =
                List.of(java(), "-Xmx2g", "-XX:+UseParallelGC", TraceFork.class.getName(), traces.toString());
        return run(command, directory.resolve("fork.out"), peers);
    }

    /** Replays requests before and after packing. */
    static Said pack(StoreBenchOptions options) throws IOException {
        Path stores = options.directory().resolve("packing");
        deleteAll(stores);
        List<String> command = new ArrayList<>(List.of(java(), "-Xms2g", "-Xmx2g", "-XX:+UseParallelGC"));
        command.addAll(OPTIONS);
        command.addAll(List.of(
                PackingFork.class.getName(),
                Long.toString(Math.min(MOST_PLANTED_ROWS, options.rows())),
                options.traces().toString(),
                options.kuaiRand().toString(),
                stores.toString()));
        Said said = run(command, options.directory().resolve("fork.out"), options.peers());
        deleteAll(stores);
        return said;
    }

    /** What a process said on its standard output, and why it failed, if it did. */
    record Said(List<String> lines, @Nullable String failure) {}

    private static Said run(List<String> command, Path answer, Path peers) throws IOException {
        Path log = answer.resolveSibling("fork.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(answer.toFile()).redirectError(log.toFile());
        builder.environment()
                .put("CLASSPATH", peers + "/*" + File.pathSeparator + System.getProperty("java.class.path"));
        // Large pages for memory that native libraries allocate, as the Java heap and our tables have them.
        builder.environment().put("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
        int status = await(builder.start());
        List<String> lines = Files.readAllLines(answer, StandardCharsets.UTF_8);
        if (status == 0) {
            return new Said(lines, null);
        }
        List<String> errors = Files.readAllLines(log, StandardCharsets.UTF_8);
        List<String> last = errors.subList(Math.max(0, errors.size() - LAST_LINES), errors.size());
        return new Said(lines, "the fork ended with " + status + ": " + String.join(" | ", last));
    }

    private static Outcome outcome(Said said) {
        if (said.failure() != null) {
            return new Outcome.Failed(said.failure());
        }
        List<String> lines = said.lines();
        for (String line : lines) {
            if (line.startsWith(StoreFork.NOT_OFFERED)) {
                return new Outcome.NotOffered(line.substring(StoreFork.NOT_OFFERED.length()));
            }
        }
        Figures figures = Figures.parse(lines);
        return figures.isEmpty() ? new Outcome.Failed("the fork measured nothing") : new Outcome.Measured(figures);
    }

    private static List<String> command(Fork fork) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.addAll(List.of("-Xms" + fork.heapBytes(), "-Xmx" + fork.heapBytes(), "-XX:+UseParallelGC"));
        command.addAll(OPTIONS);
        command.addAll(fork.engine().jvmOptions());
        command.add(StoreFork.class.getName());
        command.addAll(fork.arguments());
        return command;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static int await(Process process) throws IOException {
        try {
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                end(process);
                return -1;
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            end(process);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a fork ran", e);
        }
    }

    /** With the server that it may have started. */
    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    static void deleteAll(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** The options that every fork's Java gets, for the report. */
    static String machineJava() {
        return ManagementFactory.getRuntimeMXBean().getVmName() + " " + Runtime.version();
    }
}
