package dev.millrace.cli;

import dev.millrace.runtime.Configuration;
import dev.millrace.server.MillraceServer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where a process takes its settings from: a file, the environment, the command line. */
final class SettingOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A properties file (default: millrace.properties in the data directory, where there is one).")
    private @Nullable Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "A setting, such as server.deadline=80ms; repeat it for more. Wins over file and environment.")
    private List<String> overrides = new ArrayList<>();

    /**
     * All settings of a server, whichever of them the command needs: a misspelt one is refused before the command does anything.
     *
     * @param chosen what other options of the command say, as {@code key=value}; {@code --set} wins over it
     */
    Configuration load(Path dataDir, List<String> chosen) {
        Path beside = dataDir.resolve("millrace.properties");
        Path source = file == null && Files.exists(beside) ? beside : file;
        List<String> all = new ArrayList<>(chosen);
        all.addAll(overrides);
        try {
            Configuration configuration = Configuration.load(source, System.getenv(), all);
            MillraceServer.checkSettings(configuration);
            return configuration;
        } catch (IOException e) {
            throw new CommandFailedException("the settings in " + source + " cannot be read: " + e, e);
        }
    }
}
