package dev.millrace.cli;

import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.DirectoryColdStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the segments are that have left a store's disk. */
final class ColdOptions {
    @Option(
            names = "--cold",
            paramLabel = "DIR",
            description = "The folder of the cold tier, for a store of which segments lie there.")
    private @Nullable Path cold;

    /** @return nothing where no cold tier was named */
    @Nullable
    ColdStore open() throws IOException {
        Path directory = cold;
        if (directory == null) {
            return null;
        }
        if (!Files.isDirectory(directory)) {
            throw new CommandFailedException(directory + " holds no cold tier: there is no such folder");
        }
        return DirectoryColdStore.open(directory);
    }
}
