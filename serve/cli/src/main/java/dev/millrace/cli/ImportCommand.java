package dev.millrace.cli;

import dev.millrace.cli.imports.ImportCounts;
import dev.millrace.cli.imports.ImportTarget;
import dev.millrace.cli.imports.LogTarget;
import dev.millrace.cli.imports.RejectFile;
import dev.millrace.cli.imports.ServerTarget;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.wire.imports.DatasetFormat;
import dev.millrace.wire.imports.ImportSummary;
import dev.millrace.wire.imports.ProgressSink.Progress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** {@code millrace import}: brings a data set into a server or a data directory. */
@Command(
        name = "import",
        description =
                "Reads a data set into a running server (--url) or into a data directory that no server holds (--data-dir).",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace import --format movielens ml-1m --data-dir millrace-data",
            "  millrace import --format kuairand KuaiRand-Pure --url http://localhost:8080 --key KEY",
            "  millrace import --format csv clicks.csv --data-dir millrace-data --json",
            "",
            "Repeating an import is safe while its events are among the newest 4,194,304 of the log",
            "(log.window-events): those are known by their ids and have no effect; older ones count again.",
            "Lines that cannot be read never stop it; they are kept in the reject file with the reason."
        })
final class ImportCommand implements Callable<Integer> {
    private static final long MEGABYTE = 1L << 20;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            required = true,
            description = "The layout: ${COMPLETION-CANDIDATES} (upper or lower case).")
    private DatasetFormat format = DatasetFormat.JSONL;

    @Parameters(index = "0", paramLabel = "PATH", description = "The data set's folder or file; .gz is unpacked.")
    private Path path = Path.of(".");

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Write straight into this data directory instead of sending to a server.")
    private @Nullable Path dataDir;

    @Option(
            names = "--reject-file",
            paramLabel = "FILE",
            description = "Where unreadable lines are kept (default: DIR/rejects/, or the working folder).")
    private @Nullable Path rejectFile;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(path)) {
            throw new CommandFailedException(path + " does not exist; give the data set's folder or file");
        }
        Path rejected = rejectFile();
        try (RejectFile rejects = new RejectFile(rejected);
                ImportTarget target = open(rejects)) {
            ImportSummary summary = read(target, rejects);
            report(summary, target.counts(), rejects.isUsed() ? rejected : null);
        }
        return ExitCode.OK;
    }

    private ImportSummary read(ImportTarget target, RejectFile rejects) throws IOException {
        try (ProgressDisplay display = ProgressDisplay.of(
                "Importing", "MB", MEGABYTE, output, spec.commandLine().getErr())) {
            ImportSummary summary = format.reader().read(path, target, rejects, progress -> show(progress, display));
            target.flush();
            return summary;
        }
    }

    private static void show(Progress progress, ProgressDisplay display) {
        display.show(
                progress.bytesRead(),
                progress.bytesTotal(),
                progress.file() + ", " + progress.events() + " events, " + progress.rejected() + " rejected");
    }

    private ImportTarget open(RejectFile rejects) throws IOException {
        if (dataDir == null) {
            return new ServerTarget(connection.connect(), rejects);
        }
        Configuration configuration = settings.load(dataDir, List.of());
        EventLogConfig config = EventLogConfig.from(configuration);
        try {
            return LogTarget.open(dataDir, config, KeyConfig.from(configuration, dataDir));
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.CONFLICT) {
                throw e;
            }
            throw new CommandFailedException(
                    "a server holds " + dataDir + " (" + e.getMessage() + "); send the data to it with --url and --key,"
                            + " or stop it first",
                    e);
        }
    }

    private Path rejectFile() {
        if (rejectFile != null) {
            return rejectFile;
        }
        String name = "import-" + format.formatName() + "-" + System.currentTimeMillis() + ".jsonl";
        return dataDir == null
                ? Path.of("millrace-rejects-" + name)
                : dataDir.resolve("rejects").resolve(name);
    }

    private void report(ImportSummary summary, ImportCounts counts, @Nullable Path rejected) {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("lines", summary.lines());
        figures.put("events", summary.events());
        figures.put("accepted", counts.accepted());
        figures.put("duplicates", counts.duplicates());
        figures.put("rejectedLines", summary.rejected());
        figures.put("rejectedByField", new TreeMap<>(summary.reasons()));
        figures.put("refusedEvents", counts.refused());
        figures.put("rejectFile", rejected == null ? "" : rejected.toString());
        if (output.isJson()) {
            out.println(OutputOptions.document(figures));
        } else {
            out.printf(
                    "Read %d lines: %d events, of which %d new, %d known already, %d refused.%n",
                    summary.lines(), summary.events(), counts.accepted(), counts.duplicates(), counts.refused());
            new TreeMap<>(summary.reasons())
                    .forEach((reason, count) -> out.printf("  %d lines skipped for their %s%n", count, reason));
            if (rejected != null) {
                out.printf("What was not taken, and why: %s%n", rejected);
            }
        }
        out.flush();
    }
}
