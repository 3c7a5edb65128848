package dev.millrace.cli;

import dev.millrace.runtime.Configuration;
import dev.millrace.server.hold.ColdSettings;
import dev.millrace.storage.cold.ColdStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the segments are that have left a store's disk: as the settings of its server say, unless a folder is named. */
final class ColdOptions {
    @Option(
            names = "--cold",
            paramLabel = "DIR",
            description =
                    "The folder of the cold tier, for a store of which segments lie there; without it, what the settings"
                            + " store.cold.directory or store.cold.s3.bucket name.")
    private @Nullable Path cold;

    @Mixin
    private SettingOptions settings = new SettingOptions();

    /**
     * @param store a folder in the data directory, beside its settings
     * @return nothing where no cold tier was named
     */
    @Nullable
    ColdStore open(Path store) throws IOException {
        Path absolute = store.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        Configuration configuration = settings.load(parent == null ? absolute : parent, chosen());
        ColdSettings found = ColdSettings.from(configuration);
        if (found == null) {
            return null;
        }
        if (found.place() instanceof ColdSettings.Directory(Path directory) && !Files.isDirectory(directory)) {
            throw new CommandFailedException(directory + " holds no cold tier: there is no such folder");
        }
        return found.place().open();
    }

    /** A folder that is named here stands for a bucket that the settings name as well: it may be a copy of it. */
    private List<String> chosen() {
        return cold == null
                ? List.of()
                : List.of(
                        "store.cold.directory=" + cold,
                        "store.cold.s3.bucket=",
                        "store.cold.s3.endpoint=",
                        "store.cold.s3.prefix=");
    }
}
