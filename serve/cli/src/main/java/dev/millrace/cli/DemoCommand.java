package dev.millrace.cli;

import dev.millrace.audience.Audience;
import dev.millrace.audience.AudienceConfig;
import dev.millrace.audience.AudienceReport;
import dev.millrace.audience.ClientApi;
import dev.millrace.audience.PlantedDrift;
import dev.millrace.audience.world.Drift;
import dev.millrace.audience.world.WorldConfig;
import dev.millrace.client.ClientConfig;
import dev.millrace.console.Console;
import dev.millrace.runtime.Configuration;
import dev.millrace.server.MillraceServer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code millrace demo}: a server, a simulated audience, and the click rates of all arms side by side. */
@Command(
        name = "demo",
        description =
                "Starts a server and a simulated audience with a known truth, and shows how the click rate climbs.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace demo",
            "  millrace demo --headless --seconds 600 --report report.json",
            "  millrace demo --data-dir demo-data --rate 40",
            "  millrace demo --headless --seconds 600 --drift 300 --set online.enabled=false",
            "",
            "People keep to their arm: the model, popularity, random, or the oracle that knows the truth.",
            "They see the catalogue through the public API; the oracle's people leave nothing in the server."
        })
final class DemoCommand implements Callable<Integer> {
    private static final Duration NO_END = Duration.ofDays(1);
    private static final String LOG_LEVEL = "millrace.log.level";
    private static final int PORT = 8080;
    /**
     * The first model after 40 s, then one a minute: this little data is learnt within 20 s of a core, taken at the
     * lowest priority, so that a third of one core learns while the rest serves. Between two trainings it learns online.
     */
    private static final List<String> TRAINING = List.of(
            "training.first=40s",
            "training.every=60s",
            "training.cpu-budget=20s",
            "training.least-events=2000",
            "training.ranker-impressions=100000",
            "online.enabled=true",
            "online.freeze=60s");

    @Option(names = "--headless", description = "No browser: run for --seconds, print and end.")
    private boolean headless;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long the audience stays (default: until Ctrl-C; with --headless 600).")
    private @Nullable Integer seconds;

    @Option(names = "--report", paramLabel = "FILE", description = "Write what was measured as JSON.")
    private @Nullable Path report;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Keep the data here (default: a temporary folder that is removed at the end).")
    private @Nullable Path dataDir;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            defaultValue = "${MILLRACE_KEY:-}",
            description = "The admin key of a data directory that was used before.")
    private String key = "";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port; 0 takes a free one (default: 8080, with --headless a free one).")
    private @Nullable Integer port;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "80",
            description = "Recommendation requests per second, all arms together (default: 80).")
    private double rate = 80;

    @Option(
            names = "--items",
            paramLabel = "N",
            defaultValue = "1500",
            description = "Items at the start (default: 1500).")
    private int items = 1500;

    @Option(names = "--people", paramLabel = "N", defaultValue = "4000", description = "People (default: 4000).")
    private int people = 4000;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "The world's seed (default: 1).")
    private long seed = 1;

    @Option(
            names = "--drift",
            paramLabel = "SECOND",
            description = "Plant a change of the whole audience at this second; the report tells how it was followed.")
    private @Nullable Integer driftSecond;

    @Option(
            names = "--drift-kind",
            paramLabel = "KIND",
            defaultValue = "both",
            description = "What changes: tastes, fashion or both (default: both).")
    private String driftKind = "both";

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        quieten();
        AudienceConfig audience = audienceConfig();
        requireWritable(report);
        DemoFolder folder = DemoFolder.of(dataDir);
        try {
            return run(audience, folder.path());
        } finally {
            folder.close();
        }
    }

    /** Ten minutes of measurements shall not be lost to a mistyped path. */
    private static void requireWritable(@Nullable Path file) {
        Path folder = file == null ? null : file.toAbsolutePath().getParent();
        if (folder != null && !Files.isWritable(folder)) {
            throw new CommandFailedException("the report cannot be written to " + file + ": " + folder
                    + (Files.exists(folder) ? " is not writable" : " does not exist"));
        }
    }

    private int run(AudienceConfig config, Path folder) throws Exception {
        Configuration configuration = settings.load(folder, chosen(folder));
        AudienceReport measured;
        try (EndOfProcess end = new EndOfProcess();
                Console console = new Console();
                MillraceServer server =
                        MillraceServer.start(configuration, List.of((builder, context) -> console.mount(builder)))) {
            String adminKey = adminKey(server, folder);
            URI url = URI.create("http://localhost:" + server.port());
            announce(url, adminKey, console);
            measured = entertain(config, ClientConfig.of(url, adminKey), end);
            finish(measured);
        }
        return measured.firstAnswerMillis() == null ? ExitCode.FAILED : ExitCode.OK;
    }

    private AudienceReport entertain(AudienceConfig config, ClientConfig client, EndOfProcess end)
            throws InterruptedException {
        try (ClientApi api = new ClientApi(client)) {
            Audience audience = new Audience(config, api);
            try {
                audience.open();
                watch(audience, config.length(), end);
            } finally {
                audience.close();
            }
            return audience.report();
        }
    }

    private void watch(Audience audience, Duration length, EndOfProcess end) throws InterruptedException {
        LiveLine line = LiveLine.of(output, spec.commandLine().getErr());
        long ends = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < ends && !end.await(LiveLine.INTERVAL_MILLIS)) {
            line.show(audience.glance());
        }
        line.end();
    }

    /** The live line is the demo's voice; only warnings come between. Works because nothing has logged before. */
    private static void quieten() {
        if (System.getProperty(LOG_LEVEL) == null) {
            System.setProperty(LOG_LEVEL, "WARN");
        }
    }

    private AudienceConfig audienceConfig() {
        if (seconds != null && seconds < 1) {
            throw new CommandFailedException("--seconds is " + seconds + "; give 1 or more");
        }
        Duration length = seconds != null ? Duration.ofSeconds(seconds) : headless ? Duration.ofMinutes(10) : NO_END;
        try {
            AudienceConfig config = AudienceConfig.standard(length)
                    .withRequestsPerSecond(rate)
                    .withWorld(WorldConfig.standard().withSeed(seed).withSize(items, people));
            Drift kind = BenchDriftCommand.kind(driftKind);
            return driftSecond == null || kind == null
                    ? config
                    : config.withDrift(new PlantedDrift(kind, Duration.ofSeconds(driftSecond)));
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private List<String> chosen(Path folder) {
        int chosenPort = port != null ? port : headless ? 0 : PORT;
        List<String> chosen = new ArrayList<>(TRAINING);
        chosen.add("server.data-dir=" + folder);
        chosen.add("server.port=" + chosenPort);
        return chosen;
    }

    private String adminKey(MillraceServer server, Path folder) {
        String made = server.adminKey().orElse(key);
        if (made.isEmpty()) {
            throw new CommandFailedException(
                    folder + " was used before, and its admin key was shown then: give it with --key or $MILLRACE_KEY,"
                            + " or use another --data-dir");
        }
        return made;
    }

    private void announce(URI url, String adminKey, Console console) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("Console    " + url + "/console");
        err.println("API        " + url + "/docs");
        err.println("Admin key  " + adminKey);
        if (!headless && !Browser.open(url.resolve(console.entryPath(adminKey)))) {
            err.println("Open the console in a browser and sign in with the key.");
        }
        err.println(seconds == null && !headless ? "Stop with Ctrl-C." : "");
        err.flush();
    }

    private void finish(AudienceReport measured) throws IOException {
        if (report != null) {
            Files.writeString(report, measured.toJson() + System.lineSeparator());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(output.isJson() ? measured.toJson() : LiveLine.summary(measured));
        out.flush();
    }
}
