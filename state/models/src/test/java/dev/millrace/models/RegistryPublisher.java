package dev.millrace.models;

import java.io.IOException;
import java.nio.file.Path;

/** A process that publishes one bundle and makes it live, as the trainer does. */
final class RegistryPublisher {
    private RegistryPublisher() {}

    public static void main(String[] arguments) throws IOException {
        Registry registry = new Registry(Path.of(arguments[0]));
        registry.promote(registry.publish(Path.of(arguments[1])).version());
    }
}
