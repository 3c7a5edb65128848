package dev.millrace.cli;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyConfig;
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
            description =
                    "The folder of the people's keys, for a store with personal tables; without it, keys beside the store.")
    private @Nullable Path keys;

    @Option(
            names = "--master-key",
            paramLabel = "FILE",
            description = "The file of the master key; without it, " + MasterKey.VARIABLE
                    + ", or master.key beside the keys.")
    private @Nullable Path masterKey;

    /**
     * Those of the folders that were named, or that lie beside the store.
     *
     * @return nothing where there are none beside it, or not their master key; a store with personal tables says then what it needs
     */
    @Nullable
    KeyTable open(Path store) throws IOException {
        Path directory = keys == null ? store.toAbsolutePath().normalize().resolveSibling("keys") : keys;
        Path beside = directory.resolve(KeyConfig.DEFAULT_NAME);
        boolean there = Files.isDirectory(directory) && new KeyConfig(directory, null, beside, false).hasTable();
        MasterKey master = there ? master(beside) : null;
        if (keys == null && master == null) {
            return null;
        }
        if (!there) {
            throw new CommandFailedException(directory + " holds no keys: there is no key table");
        }
        if (master == null) {
            throw new CommandFailedException("the keys in " + directory + " need their master key: name its file with"
                    + " --master-key, or give it as " + MasterKey.VARIABLE);
        }
        return KeyTable.open(directory, List.of(master), Clock.system());
    }

    private @Nullable MasterKey master(Path beside) throws IOException {
        if (masterKey != null) {
            return MasterKey.fromFile(masterKey);
        }
        if (System.getenv(MasterKey.VARIABLE) != null) {
            return MasterKey.fromEnvironment(System.getenv(), MasterKey.VARIABLE);
        }
        return Files.exists(beside) ? MasterKey.fromFile(beside) : null;
    }
}
