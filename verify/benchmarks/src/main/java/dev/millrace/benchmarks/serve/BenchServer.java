package dev.millrace.benchmarks.serve;

import dev.millrace.runtime.Configuration;
import dev.millrace.server.MillraceServer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The measured server, in a process of its own: says {@code ready PORT}, then answers the line {@code usage} with
 * {@code usage CPU-NANOS ALLOCATED-BYTES}, and ends with its standard input.
 *
 * <p>Its arguments are settings, {@code key=value}.
 */
public final class BenchServer {
    private BenchServer() {}

    public static void main(String[] settings) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Map<String, String> given = new java.util.HashMap<>();
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            given.put(parts[0], parts[1]);
        }
        try (MillraceServer server = MillraceServer.start(Configuration.of(given), List.of())) {
            out.println("ready " + server.port());
            serveCommands(out);
        }
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
