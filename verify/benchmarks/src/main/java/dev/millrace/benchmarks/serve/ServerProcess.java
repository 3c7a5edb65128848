package dev.millrace.benchmarks.serve;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A {@link BenchServer} that this process started and ends. Owned by one thread. */
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final Writer in;
    private final int port;
    /** Ends the server where this process is ended before it could. */
    private final Thread hook;

    /** CPU time and allocated bytes of the server since its start. */
    record Usage(long cpuNanos, long allocatedBytes) {}

    private ServerProcess(Process process, Consumer<String> progress) throws IOException {
        this.process = process;
        hook = new Thread(process::destroyForcibly, "end-of-bench-server");
        Runtime.getRuntime().addShutdownHook(hook);
        out = process.inputReader(StandardCharsets.UTF_8);
        in = process.outputWriter(StandardCharsets.UTF_8);
        String[] ready = readAnswer("ready", progress);
        port = Integer.parseInt(ready[1]);
    }

    /**
     * Starts a server with the Java, class path, heap and collector of this process, which are those of any server that
     * is started from the command line.
     *
     * @param settings its configuration, {@code key=value}
     * @param key opens the server; not among the settings, which every user of the machine can see
     * @param log receives what it logs
     */
    static ServerProcess start(List<String> settings, String key, Path log, Consumer<String> progress)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-X"))
                .forEach(command::add);
        command.add(BenchServer.class.getName());
        command.addAll(settings);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        // Not as an argument: ONNX Runtime 1.29 crashes in a process whose command line is longer than 4,096 bytes.
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put(BenchServer.KEY_VARIABLE, key);
        Process process = builder.start();
        try {
            return new ServerProcess(process, progress);
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    int port() {
        return port;
    }

    Usage usage() throws IOException {
        in.write("usage\n");
        in.flush();
        String[] usage = readAnswer("usage", ignored -> {});
        return new Usage(Long.parseLong(usage[1]), Long.parseLong(usage[2]));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        out.close();
        removeHook();
    }

    private void removeHook() {
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This process is ending already.
        }
    }

    /** Everything before the answer is the server's log or progress. */
    private String[] readAnswer(String word, Consumer<String> progress) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(word + " ")) {
                return line.split(" ");
            }
            progress.accept(line);
        }
        throw new IOException("the server ended before it said '" + word + "'; see its log");
    }
}
