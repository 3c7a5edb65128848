package dev.millrace.server;

import dev.millrace.runtime.Configuration;

import java.util.List;
import java.util.Optional;

/** A serving process: one port that takes events and gives recommendations. Thread-safe. */
public final class MillraceServer implements AutoCloseable {
    private MillraceServer() {}

    /**
     * Restores the state, warms the request path and opens the port.
     *
     * @param configuration {@code server.data-dir}, {@code server.port} (0 for a free one), {@code server.host}, …
     */
    public static MillraceServer start(Configuration configuration, List<ServerExtension> extensions) throws Exception {
        throw new UnsupportedOperationException("not assembled yet");
    }

    public int port() {
        return 0;
    }

    /** The admin key, only where this start made it: it is stored nowhere but as a hash. */
    public Optional<String> adminKey() {
        return Optional.empty();
    }

    /** Stops accepting, answers what is open, saves the state. */
    @Override
    public void close() {}
}
