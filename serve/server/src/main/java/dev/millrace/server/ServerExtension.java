package dev.millrace.server;

import com.linecorp.armeria.server.ServerBuilder;

/** Adds services to the server's port, such as the console; called once, before the port opens. */
@FunctionalInterface
public interface ServerExtension {
    void configure(ServerBuilder builder, ServerContext context);
}
