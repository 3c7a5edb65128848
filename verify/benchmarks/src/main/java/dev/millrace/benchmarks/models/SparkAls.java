package dev.millrace.benchmarks.models;

import dev.millrace.evaluation.TrainingSpeed;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The alternating least squares of Spark MLlib, in a process of its own: Spark brings its own Scala, Jackson, Netty and RocksDB,
 * which must not meet ours. Its program is a source file among the peers, which Java compiles as it starts it. Stateless.
 */
final class SparkAls {
    private static final String PROGRAM = "/dev/millrace/peers/SparkAlsProgram.java";
    private static final int LIMIT_MINUTES = 30;
    private static final int LAST_LINES = 12;
    private static final int RANK = 64;
    private static final int ITERATIONS = 10;
    /** The first pays for Java's warm-up as any batch job does; the second shows what is left. */
    private static final int ROUNDS = 2;

    /** What Spark asks for on this JDK, by package of java.base. */
    private static final List<String> OPENED = List.of(
            "java.lang",
            "java.lang.invoke",
            "java.lang.reflect",
            "java.io",
            "java.net",
            "java.nio",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "sun.nio.ch",
            "sun.nio.cs",
            "sun.security.action",
            "sun.util.calendar");

    private SparkAls() {}

    /**
     * @param jars a folder of Spark's jars
     * @return its figures, or the reason why there are none
     */
    static Object run(Path jars, TrainingSpeed speed, Path work, Consumer<String> progress)
            throws IOException, InterruptedException {
        Path actions = work.resolve("actions.csv");
        write(speed.dataset().sequences(), actions);
        Path program = work.resolve("SparkAlsProgram.java");
        try (InputStream source = SparkAls.class.getResourceAsStream(PROGRAM)) {
            if (source == null) {
                return "not measured: the peers are not on the class path";
            }
            Files.copy(source, program);
        }
        progress.accept("training: Spark MLlib, alternating least squares");
        Path out = work.resolve("spark.out");
        Path log = work.resolve("spark.log");
        Process process = new ProcessBuilder(command(jars, program, actions))
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        try {
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                return "not measured: not ended within " + LIMIT_MINUTES + " minutes";
            }
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue() == 0 ? figures(Files.readAllLines(out)) : "failed: " + lastLines(log);
    }

    private static void write(int[][] sequences, Path file) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (int user = 0; user < sequences.length; user++) {
                for (int item : sequences[user]) {
                    writer.write(user + "," + item + "\n");
                }
            }
        }
    }

    private static List<String> command(Path jars, Path program, Path actions) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx3g", "-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        for (String name : OPENED) {
            command.add("--add-opens=java.base/" + name + "=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", jars + File.separator + "*", program.toString()));
        command.addAll(List.of(
                actions.toString(),
                Integer.toString(threads()),
                Integer.toString(RANK),
                Integer.toString(ITERATIONS),
                Integer.toString(ROUNDS)));
        return command;
    }

    private static int threads() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Each round says {@code als ACTIONS CPU_SECONDS WALL_SECONDS}. */
    private static Object figures(List<String> said) {
        List<Object> rounds = new ArrayList<>();
        String version = "";
        for (String line : said) {
            String[] words = line.split(" ");
            if (words[0].equals("spark")) {
                version = words[1];
            } else if (words[0].equals("als")) {
                double cpu = Double.parseDouble(words[2]);
                Map<String, Object> round = new LinkedHashMap<>();
                round.put("cpuSeconds", cpu);
                round.put("wallSeconds", Double.parseDouble(words[3]));
                round.put("samplesPerCpuSecond", Double.parseDouble(words[1]) * ITERATIONS / cpu);
                rounds.add(round);
            }
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("version", version);
        figures.put("rank", RANK);
        figures.put("iterations", ITERATIONS);
        figures.put("threads", threads());
        figures.put("rounds", rounds);
        return rounds.size() == ROUNDS ? figures : "failed: it said " + said;
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }
}
