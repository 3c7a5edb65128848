package dev.millrace.server.operate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A process of Millrace's own beside the server, at a low priority, that ends with it. Stateless. */
final class ChildJava {
    private static final String MAIN = "dev.millrace.cli.Main";
    private static final int MESSAGE_CHARS = 500;

    private ChildJava() {}

    /**
     * The command line of a child.
     *
     * @param given another one, in words; empty for Millrace's own
     */
    static List<String> command(String given, int niceness, String heap, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("nice", "-n", Integer.toString(niceness)));
        if (!given.isBlank()) {
            command.addAll(List.of(given.strip().split("\\s+")));
            return command;
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules",
                "jdk.incubator.vector",
                MAIN));
        command.addAll(arguments);
        return command;
    }

    /**
     * @param environment what the child is told beside its command line, which others can see
     * @param output takes what it says, in place of what an earlier one said
     */
    static Process start(List<String> command, Map<String, String> environment, Path output) throws IOException {
        ProcessBuilder process =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        // Not as an argument: ONNX Runtime 1.29 crashes in a process whose command line is longer than 4,096 bytes.
        process.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        process.environment().putAll(environment);
        // A server that is killed cannot end its child: the child watches it.
        process.environment()
                .put("MILLRACE_PARENT", Long.toString(ProcessHandle.current().pid()));
        return process.start();
    }

    /** The last thing that a child said. */
    static String lastLine(Path output) throws IOException {
        List<String> lines = Files.readAllLines(output);
        String last = lines.isEmpty() ? "it said nothing" : lines.getLast();
        return last.length() > MESSAGE_CHARS ? last.substring(0, MESSAGE_CHARS) : last;
    }
}
