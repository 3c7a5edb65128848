package dev.millrace.systemtests;

import dev.millrace.cli.Main;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code millrace serve} in a process of its own, on a free port. Owned by one thread. */
final class ServingProcess implements AutoCloseable {
    static final String KEY = "a-key-for-tests-only";
    private static final Pattern API = Pattern.compile("API +(http://localhost:\\d+)/docs");

    private final Process process;
    private final URI url;

    private ServingProcess(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /** Returns once the server answers. */
    static ServingProcess start(Path dataDir, String... settings) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector"));
        command.addAll(List.of("--sun-misc-unsafe-memory-access=allow", "-Xmx512m", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(Main.class.getName(), "serve", "--port", "0", "--data-dir", dataDir.toString()));
        command.addAll(List.of("--set", "server.admin-key=" + KEY, "--set", "training.every=0s"));
        command.addAll(List.of("--set", "server.warm-up=0s"));
        for (String setting : settings) {
            command.addAll(List.of("--set", setting));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(dataDir.resolve("server.log").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        BufferedReader out = process.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher api = API.matcher(line);
            if (api.find()) {
                return new ServingProcess(process, URI.create(api.group(1)));
            }
        }
        throw new IOException("the server ended before it answered; see " + dataDir.resolve("server.log"));
    }

    URI url() {
        return url;
    }

    /** {@code kill -9}; returns when the process is gone. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    /** SIGTERM; returns at once. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** The exit code, waiting for it. */
    int await() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the server did not end within a minute");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
