package dev.millrace.benchmarks.serve;

import dev.millrace.runtime.Configuration;
import dev.millrace.server.MillraceServer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The measured server, in a process of its own: says {@code ready PORT}, then answers the line {@code usage} with
 * {@code usage CPU-NANOS ALLOCATED-BYTES}, and ends with its standard input.
 *
 * <p>Its arguments are settings, {@code key=value}; the key that opens it stands in the environment. It does not outlive the process
 * that started it.
 */
public final class BenchServer {
    /** Of the environment: a command line is seen by every user of the machine. */
    static final String KEY_VARIABLE = "MILLRACE_BENCH_KEY";

    private BenchServer() {}

    public static void main(String[] settings) throws Exception {
        endWithParent();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Map<String, String> given = new HashMap<>();
        String key = System.getenv(KEY_VARIABLE);
        if (key != null) {
            given.put("server.admin-key", key);
        }
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            given.put(parts[0], parts[1]);
        }
        try (MillraceServer server = MillraceServer.start(Configuration.of(given), List.of())) {
            out.println("ready " + server.port());
            serveCommands(out);
        }
    }

    /** Also where it was killed while this one was still reading its world, and not its standard input. */
    private static void endWithParent() {
        ProcessHandle.current().parent().ifPresent(parent -> {
            CompletableFuture<Void> _ =
                    parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
        });
    }

    private static void serveCommands(PrintStream out) throws IOException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("usage")) {
                out.println("usage " + system.getProcessCpuTime() + " " + threads.getTotalThreadAllocatedBytes());
            }
        }
    }
}
