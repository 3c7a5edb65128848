package dev.millrace.server;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceConfig;
import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Lifecycle;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/** A serving process: one port that takes events and gives recommendations. Thread-safe. */
public final class MillraceServer implements AutoCloseable {
    private final Server server;
    private final URI uri;
    private final Lifecycle lifecycle;
    private final @Nullable String adminKey;

    MillraceServer(Server server, URI uri, Lifecycle lifecycle, @Nullable String adminKey) {
        this.server = server;
        this.uri = uri;
        this.lifecycle = lifecycle;
        this.adminKey = adminKey;
    }

    /**
     * Restores the state, opens the port and warms the code.
     *
     * @param configuration {@code server.data-dir}, {@code server.port} (0 for a free one), {@code server.host}, …
     */
    public static MillraceServer start(Configuration configuration, List<ServerExtension> extensions) throws Exception {
        return new Assembly(configuration, extensions, new Lifecycle()).start();
    }

    /**
     * Reads the settings as {@link #start} does, and opens nothing.
     *
     * @throws InvalidValueException for a value that a setting cannot have, and for a setting that there is not
     */
    public static void checkSettings(Configuration configuration) {
        Settings.read(configuration);
    }

    public int port() {
        return server.activeLocalPort();
    }

    /** Where the server answers on this machine. */
    public URI uri() {
        return uri;
    }

    /** What is bound to the port. */
    List<ServiceConfig> services() {
        return server.serviceConfigs();
    }

    /** The admin key, only where this start made it: it is stored nowhere but as a hash. */
    public Optional<String> adminKey() {
        return Optional.ofNullable(adminKey);
    }

    /** Stops accepting, answers what is open, saves the state. Closing twice does nothing more. */
    @Override
    public void close() {
        lifecycle.close();
    }
}
