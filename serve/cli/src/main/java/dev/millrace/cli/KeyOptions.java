package dev.millrace.cli;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyTable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the keys of people are, for commands that read what is personal. */
final class KeyOptions {
    @Option(
            names = "--keys",
            paramLabel = "DIR",
            description = "The folder of the people's keys, for a store with personal tables.")
    private @Nullable Path keys;

    @Option(
            names = "--master-key",
            paramLabel = "FILE",
            description = "The file of the master key; without it, " + MasterKey.VARIABLE + " is read.")
    private @Nullable Path masterKey;

    /** @return nothing where no keys were named */
    @Nullable
    KeyTable open() throws IOException {
        Path directory = keys;
        if (directory == null) {
            return null;
        }
        if (!Files.isDirectory(directory)) {
            throw new CommandFailedException(directory + " holds no keys: there is no such folder");
        }
        MasterKey master = masterKey == null
                ? MasterKey.fromEnvironment(System.getenv(), MasterKey.VARIABLE)
                : MasterKey.fromFile(masterKey);
        return KeyTable.open(directory, List.of(master), Clock.system());
    }
}
