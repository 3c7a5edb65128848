package dev.millrace.cli;

import dev.millrace.models.Registry;
import dev.millrace.storage.personal.KeyConfig;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which data directory's models a command is about. */
final class RegistryOptions {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "The folder of a server or an import (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    Path dataDirectory() {
        return dataDir;
    }

    /** Where the keys of the users in its log are. */
    KeyConfig keys() {
        return KeyConfig.from(new SettingOptions().load(dataDir, List.of()), dataDir);
    }

    /** Opening would make an empty registry of a folder that was mistyped. */
    Registry registry() throws IOException {
        if (!Files.isDirectory(dataDir)) {
            throw new CommandFailedException(
                    "--data-dir " + dataDir + " is not a folder; give the one that a server or an import uses");
        }
        boolean strict = new SettingOptions().load(dataDir, List.of()).flag("models.require-signature", false);
        return new Registry(dataDir.resolve("models"), strict);
    }
}
