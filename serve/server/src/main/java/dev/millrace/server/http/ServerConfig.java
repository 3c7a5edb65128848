package dev.millrace.server.http;

import dev.millrace.runtime.Configuration;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the server listens, and what it lets callers do.
 *
 * @param dataDir where everything is kept: log, snapshots, models, indexes, training, keys, rejects
 * @param port 0 takes a free one
 * @param deadline the time budget of one recommendation request
 * @param workers threads that make answers; as many as cores by default
 * @param warmUp how long a start warms its code up, and then its models and rows; zero leaves both out
 * @param metricsOpen whether {@code /metrics} answers without a key
 */
public record ServerConfig(
        Path dataDir,
        String host,
        int port,
        Duration deadline,
        int workers,
        Duration warmUp,
        boolean metricsOpen,
        Limits limits) {
    public static ServerConfig from(Configuration configuration) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new ServerConfig(
                Path.of(configuration.text("server.data-dir", "data")),
                configuration.text("server.host", "127.0.0.1"),
                configuration.integer("server.port", 8080, 0, 65_535),
                configuration.duration(
                        "server.deadline", Duration.ofMillis(50), Duration.ofMillis(1), Duration.ofSeconds(60)),
                configuration.integer("server.workers", cores, 1, 1024),
                configuration.duration("server.warm-up", Duration.ofSeconds(3), Duration.ZERO, Duration.ofMinutes(10)),
                configuration.flag("server.metrics-open", false),
                Limits.from(configuration));
    }

    /**
     * What one caller may ask of the server.
     *
     * @param bodyBytes the largest body of a single request
     * @param bulkBytes the largest body of an array of events, items or users
     * @param lineBytes the longest line of a stream
     * @param requestTimeout for everything but streams
     * @param streamIdle how long a stream may be silent
     * @param drain how long closing waits for open requests
     */
    public record Limits(
            int bodyBytes, int bulkBytes, int lineBytes, Duration requestTimeout, Duration streamIdle, Duration drain) {
        static Limits from(Configuration configuration) {
            Duration second = Duration.ofSeconds(1);
            Duration hour = Duration.ofHours(1);
            return new Limits(
                    (int) configuration.bytes("server.body-limit", 1 << 20, 1 << 10, 1 << 30),
                    (int) configuration.bytes("server.bulk-limit", 16 << 20, 1 << 10, 1 << 30),
                    (int) configuration.bytes("server.line-limit", 64 << 10, 1 << 10, 16 << 20),
                    configuration.duration("server.request-timeout", Duration.ofSeconds(15), second, hour),
                    configuration.duration("server.stream-idle", Duration.ofSeconds(30), second, hour),
                    configuration.duration("server.drain", Duration.ofSeconds(10), Duration.ZERO, hour));
        }
    }
}
