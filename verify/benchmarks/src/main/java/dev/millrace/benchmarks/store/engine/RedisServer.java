package dev.millrace.benchmarks.store.engine;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A Redis server that this process started in a folder of its own and ends: on a Unix socket alone, without a network port.
 * Owned by one thread.
 */
final class RedisServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(5);

    private final Process process;
    private final Path socket;

    private RedisServer(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
    }

    /**
     * Starts a server and waits until it takes connections.
     *
     * @param durable whether each write is on disk before it is answered; otherwise nothing is ever written
     */
    static RedisServer start(String program, Path directory, boolean durable) throws IOException {
        Path socket = directory.resolve("redis.sock");
        List<String> command = new ArrayList<>(List.of(program, "--port", "0", "--unixsocket", socket.toString()));
        command.addAll(List.of("--dir", directory.toString(), "--save", "", "--daemonize", "no"));
        // Its default refuses the large pages that every other store here may have.
        command.addAll(List.of("--disable-thp", "no", "--appendonly", durable ? "yes" : "no"));
        command.addAll(List.of("--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile());
        builder.environment().put("MALLOC_CONF", "thp:always");
        Process process = builder.start();
        RedisServer server = new RedisServer(process, socket);
        try {
            server.awaitConnections();
            return server;
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
    }

    private void awaitConnections() throws IOException {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (process.isAlive() && System.nanoTime() < end) {
            if (Files.exists(socket)) {
                try {
                    connect().close();
                    return;
                } catch (IOException notYet) {
                    // The socket exists a moment before the server listens.
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new IOException("redis-server did not come up on " + socket + "; see redis.log beside it");
    }

    /** User and system time so far, which the kernel counts in hundredths of a second. */
    long cpuNanos() {
        String stat = read("stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        // Fields 14 and 15 of proc(5), counted from the third.
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * ProcessUsage.CLOCK_TICK_NANOS;
    }

    long residentBytes() {
        return ProcessUsage.residentBytes(read("status"));
    }

    private String read(String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
        } catch (IOException e) {
            throw new IllegalStateException("redis-server ended early; see its log", e);
        }
    }

    /** Ends it without asking, as a lost machine would. */
    void kill() throws IOException {
        process.destroyForcibly();
        await();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        await();
    }

    private void await() throws IOException {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(socket);
    }
}
