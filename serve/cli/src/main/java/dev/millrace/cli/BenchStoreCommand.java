package dev.millrace.cli;

import dev.millrace.benchmarks.store.StoreBench;
import dev.millrace.benchmarks.store.StoreBenchOptions;
import dev.millrace.benchmarks.store.StoreCost;
import dev.millrace.benchmarks.store.StoreReport;
import dev.millrace.benchmarks.store.StoreTable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code millrace bench store}: how fast the store is here, beside other stores. */
@Command(
        name = "store",
        description = "Measures the store beside ConcurrentHashMap, Caffeine, Chronicle Map, LMDB, RocksDB and Redis.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace bench store --report store.json",
            "  millrace bench store --quick",
            "  millrace bench store --workloads W1 --engines MemoryRowTable,LMDB --forks 3",
            "",
            "The first run fetches the other stores. Nothing else should run on the machine meanwhile. Redis is left out",
            "where there is no redis-server. How long a run takes is printed at its start; --limit and --resume split it."
        })
final class BenchStoreCommand implements Callable<Integer> {
    private static final long QUICK_ROWS = 50_000;
    private static final Duration QUICK_SECONDS = Duration.ofMillis(300);

    @Option(names = "--workloads", paramLabel = "NAMES", split = ",", description = "Which workloads (default: all).")
    private List<String> workloads = List.of();

    @Option(names = "--engines", paramLabel = "NAMES", split = ",", description = "Which stores (default: all).")
    private List<String> engines = List.of();

    @Option(
            names = "--forks",
            paramLabel = "N",
            defaultValue = "5",
            description = "Processes for each store and workload (default: 5).")
    private int forks = 5;

    @Option(names = "--keys", paramLabel = "N", defaultValue = "4000000", description = "Rows (default: 4,000,000).")
    private long keys = 4_000_000;

    @Option(
            names = "--seconds",
            paramLabel = "TIME",
            defaultValue = "4s",
            converter = DurationConverter.class,
            description = "How long each measurement takes (default: 4s).")
    private Duration seconds = Duration.ofSeconds(4);

    @Option(
            names = "--quick",
            description = "A smoke run: one fork, 50,000 rows, 0.3 s. Its figures say nothing about speed.")
    private boolean quick;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-bench/store",
            description = "Holds the stores' files and the forks' results (default: millrace-bench/store).")
    private Path directory = Path.of("millrace-bench/store");

    @Option(names = "--resume", description = "Take over the results in the data directory that fit the options.")
    private boolean resume;

    @Option(
            names = "--retries",
            paramLabel = "N",
            defaultValue = "2",
            description = "Measure again, so often at most, while others use a quarter of a core or more (default: 2).")
    private int retries = 2;

    @Option(
            names = "--limit",
            paramLabel = "TIME",
            defaultValue = "24h",
            converter = DurationConverter.class,
            description = "Begin no further process after this time (default: 24h).")
    private Duration limit = Duration.ofHours(24);

    @Option(
            names = "--redis",
            paramLabel = "PROGRAM",
            defaultValue = "redis-server",
            description = "The Redis server to start (default: redis-server).")
    private String redis = "redis-server";

    @Option(
            names = "--traces",
            paramLabel = "DIR",
            defaultValue = "../shared/data/cache-traces",
            description = "Recorded accesses to replay (default: ../shared/data/cache-traces).")
    private Path traces = Path.of("../shared/data/cache-traces");

    @Option(
            names = "--kuairand",
            paramLabel = "DIR",
            defaultValue = "../shared/data/kuairand-pure",
            description = "KuaiRand-Pure, whose histories are replayed too (default: ../shared/data/kuairand-pure).")
    private Path kuaiRand = Path.of("../shared/data/kuairand-pure");

    @Option(
            names = "--prices",
            paramLabel = "KIND=DOLLARS",
            split = ",",
            description =
                    "Dollars a GB and month for the table of costs: memory=…,disk=…,object=… (default: assumed ones).")
    private Map<String, Double> prices = Map.of();

    @Option(
            names = "--prices-as-of",
            paramLabel = "TEXT",
            defaultValue = "as given",
            description = "Where and when the prices were found, for the report.")
    private String pricesAsOf = "as given";

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON.")
    private @Nullable Path report;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        StoreReport figures = bench().run(command());
        String json = OutputOptions.document(figures);
        if (report != null) {
            Files.writeString(report, json + System.lineSeparator());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(json);
        } else {
            StoreTable.of(figures).forEach(out::println);
            if (quick) {
                out.println("A smoke run: these figures say nothing about speed.");
            }
        }
        out.flush();
        return ExitCode.OK;
    }

    private StoreBench bench() {
        try {
            StoreBenchOptions options = new StoreBenchOptions(
                    workloads,
                    engines,
                    quick ? 1 : forks,
                    quick ? QUICK_ROWS : keys,
                    quick ? QUICK_SECONDS : seconds,
                    directory.toAbsolutePath(),
                    resume,
                    quick ? 0 : retries,
                    limit,
                    redis,
                    peers(),
                    traces.toAbsolutePath(),
                    kuaiRand.toAbsolutePath(),
                    prices());
            return new StoreBench(options, this::progress);
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private StoreCost.Prices prices() {
        if (prices.isEmpty()) {
            return StoreCost.ASSUMED;
        }
        if (!Set.of("memory", "disk", "object").equals(prices.keySet())) {
            throw new IllegalArgumentException(
                    "--prices has " + prices.keySet() + "; give memory=…,disk=…,object=…, dollars a GB and month each");
        }
        return new StoreCost.Prices(
                prices.getOrDefault("memory", Double.NaN),
                prices.getOrDefault("disk", Double.NaN),
                prices.getOrDefault("object", Double.NaN),
                pricesAsOf);
    }

    /** Where {@code ./millrace} builds them. */
    private static Path peers() {
        return Path.of(System.getProperty("millrace.home", "."), "verify/peers/target/dist/lib")
                .toAbsolutePath();
    }

    private void progress(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(line);
        err.flush();
    }

    private String command() {
        return "./millrace "
                + String.join(" ", spec.root().commandLine().getParseResult().originalArgs());
    }
}
