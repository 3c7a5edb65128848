package dev.millrace.cli;

import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.online.OnlineConfig;
import dev.millrace.training.online.OnlineJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code millrace learn}: learns between two trainings, from what is shown and clicked, until it is stopped. */
@Command(
        name = "learn",
        description =
                "Learns online beside a server: from the tail of its log, on the live model, in small signed deltas"
                        + " that the server takes over. A server starts it by itself with online.enabled=true.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace learn --data-dir millrace-data",
            "  millrace models list                 shows the deltas as well",
            "  millrace models rollback --online    takes back what was learnt"
        })
final class LearnCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "The folder of the server (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Option(
            names = "--publish-every",
            paramLabel = "TIME",
            defaultValue = "15s",
            converter = DurationConverter.class,
            description = "The least time between two deltas (default: 15s).")
    private Duration publishEvery = Duration.ofSeconds(15);

    @Option(
            names = "--feedback-window",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description = "How long feedback on a slate is waited for (default: 10s).")
    private Duration feedbackWindow = Duration.ofSeconds(10);

    @Option(
            names = "--freeze",
            paramLabel = "TIME",
            defaultValue = "5m",
            converter = DurationConverter.class,
            description = "How long nothing is learnt after a roll-back (default: 5m).")
    private Duration freeze = Duration.ofMinutes(5);

    @Option(
            names = "--items",
            paramLabel = "N",
            defaultValue = "10000",
            description = "The most items that differ from the trained model (default: 10000).")
    private int items = 10_000;

    @Option(
            names = "--slates-per-second",
            paramLabel = "N",
            defaultValue = "200",
            description = "The most slates that are learnt from in a second (default: 200).")
    private int slatesPerSecond = 200;

    @Option(
            names = "--calibration-window",
            paramLabel = "TIME",
            defaultValue = "30m",
            converter = DurationConverter.class,
            description = "How long what a ranker foretells is waited for, to correct its probabilities; 0s leaves them"
                    + " (default: 30m).")
    private Duration calibrationWindow = Duration.ofMinutes(30);

    @Option(
            names = "--model-weight",
            paramLabel = "WEIGHT",
            defaultValue = "0.3",
            description = "What the server has for recommend.weights.model (default: 0.3).")
    private float modelWeight = 0.3f;

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Override
    public Integer call() throws Exception {
        TrainCommand.endWithParent(System.getenv("MILLRACE_PARENT"));
        if (!Files.isDirectory(dataDir.resolve("log"))) {
            throw new CommandFailedException(dataDir + " has no event log; start a server on it first");
        }
        OnlineConfig config;
        try {
            config = new OnlineConfig(
                    publishEvery, feedbackWindow, freeze, items, slatesPerSecond, calibrationWindow, modelWeight);
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndWait(end, ended), "learn-stop"));
        try {
            new OnlineJob(config).run(dataDir, KeyConfig.from(settings.load(dataDir, List.of()), dataDir), end);
        } finally {
            ended.countDown();
        }
        return ExitCode.OK;
    }

    /** A delta that is half written is of no use, but its folder would stay. */
    private static void endAndWait(CountDownLatch end, CountDownLatch ended) {
        end.countDown();
        try {
            boolean _ = ended.await(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
