package dev.millrace.cli;

import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.Event;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code millrace log slates}: writes which items were answered together, as the store's keys. */
@Command(
        name = "slates",
        description = {
            "Writes which items were answered together, for millrace store compact --by.",
            "Each answer that the log has is a line of the keys of its items' rows in the store. It names no user."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace log slates --data-dir millrace-data --to slates.txt",
            "  millrace store compact millrace-data/store --by item-counts=slates.txt --by item-hours=slates.txt"
        })
final class LogSlatesCommand implements Callable<Integer> {
    private static final int POLL_EVENTS = 4096;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "The folder of a server (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Option(
            names = "--to",
            required = true,
            paramLabel = "FILE",
            description = "The file, which must not be there yet.")
    private Path file = Path.of("");

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private long slates;

    @Override
    public Integer call() throws IOException {
        Configuration configuration = settings.load(dataDir, List.of());
        KeyConfig keys = KeyConfig.from(configuration, dataDir);
        try (OutputFile to = OutputFile.create(file);
                ReadableEventLog events = SegmentEventLog.openReadOnly(dataDir.resolve("log"), keys)) {
            if (events.begin() > 0) {
                throw new CommandFailedException(
                        "the log begins at event " + events.begin()
                                + ": retention removed what gave items their keys in the store, so slates cannot be told by them");
            }
            write(events, new FeatureState(FeaturesConfig.from(configuration)), to.out());
            to.publish();
        }
        spec.commandLine().getOut().println(slates + " slates to " + file);
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }

    private void write(ReadableEventLog events, FeatureState state, PrintWriter out) {
        long end = events.end();
        try (LogReader reader = events.read(0)) {
            boolean more = true;
            while (more && reader.offset() < end) {
                more = reader.poll(
                                (offset, event) -> {
                                    if (event instanceof Event.SlateServed served) {
                                        write(served, state, out);
                                    }
                                    boolean ignored = state.apply(offset, event);
                                },
                                (int) Math.min(POLL_EVENTS, end - reader.offset()))
                        > 0;
            }
        }
    }

    private void write(Event.SlateServed served, FeatureState state, PrintWriter out) {
        String keys = served.entries().stream()
                .mapToInt(entry -> state.catalog().ordinal(entry.item()))
                .filter(ordinal -> ordinal >= 0)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(" "));
        if (!keys.isEmpty()) {
            slates++;
            out.println(keys);
        }
    }
}
