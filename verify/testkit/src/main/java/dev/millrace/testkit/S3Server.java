package dev.millrace.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** s3proxy over a directory, in a process of its own on a free port of this machine. Owned by one test class. */
public final class S3Server implements AutoCloseable {
    public static final String ACCESS_KEY = "millrace";
    public static final String SECRET_KEY = "only-for-tests";

    private static final String JAR = "target/s3-server/s3proxy.jar";
    /** Where the module is whose build copies the jar. */
    private static final String COPIED_BY = "../../state/s3";

    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Process process;
    private final int port;
    private final Path buckets;

    private S3Server(Process process, int port, Path buckets) {
        this.process = process;
        this.port = port;
        this.buckets = buckets;
    }

    public static S3Server start(Path directory) throws IOException {
        Path jar = Path.of(COPIED_BY, JAR);
        if (!Files.exists(jar)) {
            throw new IOException(jar.toAbsolutePath() + " is missing; Maven copies it before the tests of state/s3");
        }
        int port = freePort();
        Path settings = directory.resolve("s3proxy.properties");
        Path objects = Files.createDirectories(directory.resolve("buckets"));
        Files.write(
                settings,
                List.of(
                        "s3proxy.endpoint=http://127.0.0.1:" + port,
                        "s3proxy.authorization=aws-v2-or-v4",
                        "s3proxy.identity=" + ACCESS_KEY,
                        "s3proxy.credential=" + SECRET_KEY,
                        "jclouds.provider=filesystem-nio2",
                        "jclouds.filesystem.basedir=" + objects));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        java,
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString(),
                        "--properties",
                        settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("s3proxy.log").toFile())
                .start();
        S3Server server = new S3Server(process, port, objects);
        server.awaitStart(directory.resolve("s3proxy.log"));
        return server;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    /** Makes an empty bucket: a directory among its objects. */
    public void makeBucket(String name) throws IOException {
        Files.createDirectories(buckets.resolve(name));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitStart(Path log) throws IOException {
        long start = System.nanoTime();
        while (!isListening()) {
            if (!process.isAlive() || System.nanoTime() - start > START_NANOS) {
                close();
                throw new IOException("s3proxy did not start: " + Files.readString(log));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
