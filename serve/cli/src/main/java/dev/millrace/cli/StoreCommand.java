package dev.millrace.cli;

import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.tiered.ColdTierConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.StoreInspection;
import dev.millrace.storage.tiered.StoreStat;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.together.KeySetFile;
import dev.millrace.storage.together.KeySets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code millrace store}: looks after a tiered store that no process has open. */
@Command(
        name = "store",
        description = "Checks, shows, packs and exports a tiered store. Stop the process that has it first.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace store verify millrace-data/store",
            "  millrace store stat millrace-data/store --json",
            "  millrace store compact millrace-data/store",
            "  millrace store compact millrace-data/store --by items=sets.txt",
            "  millrace store verify /backup/store --config millrace-data/millrace.properties",
            "  millrace store export millrace-data/store --table items --to items.jsonl"
        })
final class StoreCommand {
    private static final String EXIT_CODES = "%nExit codes:%n";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Command(
            name = "verify",
            description = "Reads every byte and names what is not as it was written. Changes nothing.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = EXIT_CODES,
            exitCodeList = {"0:The store is whole", "1:It is damaged, or cannot be read"})
    int verify(
            @Parameters(paramLabel = "DIR", description = "The store's folder.") Path directory,
            @Mixin ColdOptions elsewhere,
            @Mixin OutputOptions output)
            throws IOException {
        requireStore(directory);
        StoreInspection.Result result;
        boolean coldIsRead;
        try (ColdStore cold = elsewhere.open(directory)) {
            coldIsRead = cold != null;
            result = StoreInspection.run(directory, cold);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.document(result));
        } else {
            out.printf("%d records in %d segments, %d bytes read.%n", result.records(), result.files(), result.bytes());
            if (result.coldSegments() > 0) {
                out.printf(
                        "%d more segments lie in the cold tier, and were %s.%n",
                        result.coldSegments(),
                        coldIsRead ? "read" : "not read: --cold or settings (store.cold.…) name it");
            }
            result.findings()
                    .forEach(finding -> out.println(
                            finding.torn()
                                    ? "Not acknowledged, torn off by a crash: " + finding.what()
                                    : finding.what()));
        }
        out.flush();
        return result.isWhole() ? ExitCode.OK : ExitCode.FAILED;
    }

    @Command(
            name = "stat",
            description = "Shows tables, what their memory is for, and segments.",
            mixinStandardHelpOptions = true)
    int stat(
            @Parameters(paramLabel = "DIR", description = "The store's folder.") Path directory,
            @Mixin KeyOptions people,
            @Mixin ColdOptions elsewhere,
            @Mixin OutputOptions output)
            throws IOException {
        try (KeyTable keys = people.open(directory);
                ColdStore cold = elsewhere.open(directory);
                TieredStore store = open(directory, keys, cold)) {
            store.settle();
            print(store.stat(), output);
        }
        return ExitCode.OK;
    }

    @Command(
            name = "compact",
            description = "Packs segments of whose records few are the newest of their key, and makes a checkpoint. "
                    + "With --by, packs all segments, and rows that are asked for together lie together afterwards.",
            mixinStandardHelpOptions = true)
    int compact(
            @Parameters(paramLabel = "DIR", description = "The store's folder.") Path directory,
            @Option(
                            names = "--by",
                            paramLabel = "TABLE=FILE",
                            description =
                                    "Which keys of a table are asked for together: on a line of the file the keys of "
                                            + "one request, in decimal, with spaces between them. Once for each table.")
                    @Nullable
                    List<String> by,
            @Mixin KeyOptions people,
            @Mixin ColdOptions elsewhere,
            @Mixin OutputOptions output)
            throws IOException {
        Map<String, Path> files = by == null ? Map.of() : byTable(by);
        try (KeyTable keys = people.open(directory);
                ColdStore cold = elsewhere.open(directory);
                TieredStore store = open(directory, keys, cold)) {
            long before = bytes(store.stat());
            int packed = files.isEmpty() ? store.pack() : store.packTogether(read(files));
            store.checkpoint();
            long after = bytes(store.stat());
            PrintWriter out = spec.commandLine().getOut();
            out.println(
                    output.isJson()
                            ? OutputOptions.document(new Compacted(packed, before, after))
                            : packed + " segments packed; " + before + " bytes before, " + after + " now.");
            out.flush();
        }
        return ExitCode.OK;
    }

    private Map<String, Path> byTable(List<String> by) {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String given : by) {
            int end = given.indexOf('=');
            if (end <= 0 || end == given.length() - 1) {
                throw new ParameterException(
                        spec.commandLine(), "--by " + given + ": give TABLE=FILE, such as --by items=sets.txt");
            }
            String table = given.substring(0, end);
            Path before = files.put(table, Path.of(given.substring(end + 1)));
            if (before != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--by names table " + table + " twice, with " + before + " and " + files.get(table)
                                + ": rows lie in one order; put what is asked for together into one file");
            }
        }
        return files;
    }

    private static Map<String, KeySets> read(Map<String, Path> by) throws IOException {
        Map<String, KeySets> together = new LinkedHashMap<>();
        for (Map.Entry<String, Path> table : by.entrySet()) {
            together.put(table.getKey(), KeySetFile.read(table.getValue()));
        }
        return together;
    }

    /** What compacting did. */
    private record Compacted(int segmentsPacked, long bytesBefore, long bytesAfter) {}

    @Command(
            name = "export",
            description = "Writes the rows of a table as JSON lines: key, and the row in base64.",
            mixinStandardHelpOptions = true)
    int export(
            @Parameters(paramLabel = "DIR", description = "The store's folder.") Path directory,
            @Option(names = "--table", required = true, paramLabel = "NAME", description = "The table.") String table,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "FILE",
                            description = "The file, which must not be there yet.")
                    Path file,
            @Mixin KeyOptions people,
            @Mixin ColdOptions elsewhere)
            throws IOException {
        requireStore(directory);
        try (OutputFile to = OutputFile.create(file);
                KeyTable keys = people.open(directory);
                ColdStore cold = elsewhere.open(directory);
                TieredStore store = open(directory, keys, cold)) {
            PrintWriter out = to.out();
            TableSpec exported = store.spec(table);
            long rows;
            if (exported.size().isVariable()) {
                rows = store.values(table).size();
                store.values(table).forEach((key, value) -> printRow(out, key, value));
            } else {
                rows = store.table(table).size();
                store.table(table)
                        .forEach((key, row, offset) -> printRow(out, key, row.asSlice(offset, exported.rowBytes())));
            }
            to.publish();
            spec.commandLine().getOut().println(rows + " rows of " + exported.size() + " to " + file);
            spec.commandLine().getOut().flush();
        }
        return ExitCode.OK;
    }

    private static void printRow(PrintWriter out, long key, MemorySegment row) {
        out.println("{\"key\":" + key + ",\"row\":\""
                + Base64.getEncoder().encodeToString(row.toArray(ValueLayout.JAVA_BYTE)) + "\"}");
    }

    private static TieredStore open(Path directory, @Nullable KeyTable keys, @Nullable ColdStore cold)
            throws IOException {
        requireStore(directory);
        StoreConfig config = StoreConfig.defaults();
        if (keys != null) {
            config = config.withKeys(keys);
        }
        if (cold != null) {
            config = config.withCold(ColdTierConfig.readOnly(cold).withReader(ColdReaderConfig.patient()));
        }
        return TieredStore.open(directory, config, List.of());
    }

    /** Opening would make an empty store of a folder that was mistyped. */
    private static void requireStore(Path directory) throws IOException {
        if (!StoreInspection.isStore(directory)) {
            throw new CommandFailedException(directory + " holds no store: it has no checkpoint and no segments");
        }
    }

    private static long bytes(StoreStat stat) {
        return stat.segments().stream().mapToLong(StoreStat.SegmentStat::bytes).sum();
    }

    private void print(StoreStat stat, OutputOptions output) {
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.document(stat));
            out.flush();
            return;
        }
        for (TableStat table : stat.tables()) {
            out.printf(
                    "%s: %d rows, %d of them in memory; bytes of memory: %d rows, %d what belongs to them, "
                            + "%d what chooses them, %d index%n",
                    table.name(),
                    table.rows(),
                    table.residentRows(),
                    table.memory().rows().rows(),
                    table.memory().rows().total() - table.memory().rows().rows(),
                    table.memory().policy(),
                    table.memory().index());
        }
        for (StoreStat.SegmentStat segment : stat.segments()) {
            out.printf(
                    "%s: %d bytes, %d records, %d of them the newest of their key%s%n",
                    segment.file(),
                    segment.bytes(),
                    segment.records(),
                    segment.live(),
                    segment.coldName().isEmpty() ? "" : "; in the cold tier as " + segment.coldName());
        }
        out.println("Rows that are not in memory are read " + stat.access().words() + ".");
        stat.damage().forEach(damage -> out.println("Passed over: " + damage));
        out.flush();
    }
}
