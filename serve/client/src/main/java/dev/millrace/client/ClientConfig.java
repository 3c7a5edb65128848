package dev.millrace.client;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;

/**
 * Where the server is and how patient a client is with it.
 *
 * @param server scheme, host and port, such as {@code http://localhost:8080}
 * @param key sent as a bearer token; empty for none
 * @param requestTimeout for one attempt
 * @param attempts how often a request is sent at most, the first time included
 * @param longestPause the longest wait between two attempts, whatever the server asks for
 */
public record ClientConfig(
        URI server, String key, Duration connectTimeout, Duration requestTimeout, int attempts, Duration longestPause) {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final int ATTEMPTS = 4;

    public ClientConfig {
        Objects.requireNonNull(server.getHost(), () -> "'" + server + "' has no host; give http://HOST:PORT");
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts is " + attempts + "; give 1 or more");
        }
    }

    public static ClientConfig of(URI server, String key) {
        return new ClientConfig(server, key, CONNECT_TIMEOUT, REQUEST_TIMEOUT, ATTEMPTS, LONGEST_PAUSE);
    }

    /** A copy that sends each request once, for callers who count refusals. */
    public ClientConfig withoutRetries() {
        return new ClientConfig(server, key, connectTimeout, requestTimeout, 1, longestPause);
    }

    @Override
    public String toString() {
        return "ClientConfig[" + server + "]";
    }
}
