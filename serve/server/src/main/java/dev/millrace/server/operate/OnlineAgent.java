package dev.millrace.server.operate;

import dev.millrace.runtime.Agent;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Keeps a learner running beside the server once a model is live, starts it again where it ends, and tells how it goes.
 * Owned by its runner; its figures may be read by any thread.
 */
public final class OnlineAgent implements Agent {
    private static final Logger log = LoggerFactory.getLogger(OnlineAgent.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** A learner that ran for so long had no trouble with starting. */
    private static final Duration SETTLED = Duration.ofMinutes(1);

    private static final long STOP_SECONDS = 10;

    private final OnlineAgentConfig config;
    private final Supplier<String> liveVersion;
    private final Clock clock;
    private @Nullable Process child;
    private long startedMillis;
    private long nextMillis;
    private Duration pause = FIRST_PAUSE;
    private final AtomicLong restarts = new AtomicLong();
    private volatile OnlineFigures figures = OnlineFigures.NONE;

    /** @param liveVersion the model that answers; empty while none does */
    public OnlineAgent(OnlineAgentConfig config, Supplier<String> liveVersion, Clock clock) {
        this.config = config;
        this.liveVersion = liveVersion;
        this.clock = clock;
    }

    /** Makes the learner's figures and the delta in service readable at {@code /metrics}. */
    public void register(Metrics metrics, Supplier<Number> deltaInService) {
        metrics.gauge(
                "online.delta.served",
                "number of the delta that answers with the live model; 0 for none",
                deltaInService);
        metrics.gauge(
                "online.delta.published",
                "number of the newest delta that the learner published",
                () -> figures.sequence());
        metrics.gauge("online.slates.learned", "slates that the learner learnt from", () -> figures.learned());
        metrics.gauge("online.slates.skipped", "slates that the learner left out to keep up", () -> figures.skipped());
        metrics.gauge("online.roll.backs", "how often the guard put the trained model back", () -> figures.rollBacks());
        metrics.gauge(
                "online.foretold.left.out",
                "ranked slates that the correction of probabilities left out, since there were too many",
                () -> figures.foretoldLeftOut());
        metrics.gauge("online.items", "items that differ from the trained model", () -> figures.items());
        metrics.gauge(
                "online.frozen",
                "1 while nothing is learnt after the guard rolled back",
                () -> figures.isFrozen() ? 1 : 0);
        metrics.gauge("online.restarts", "how often the learner was started again", restarts::get);
    }

    @Override
    public String name() {
        return "online";
    }

    @Override
    public int doWork() throws IOException {
        if (!config.enabled()) {
            return 0;
        }
        Process running = child;
        if (running == null) {
            return startWhenDue();
        }
        if (!running.isAlive()) {
            ended(running.exitValue());
            return 1;
        }
        listen();
        return 0;
    }

    private int startWhenDue() throws IOException {
        if (clock.millis() < nextMillis || liveVersion.get().isEmpty()) {
            return 0;
        }
        Files.createDirectories(config.directory());
        child = ChildJava.start(config.command(), config.environment(), output());
        startedMillis = clock.millis();
        log.info("learning online started as process {}", child.pid());
        return 1;
    }

    private void ended(int exit) throws IOException {
        child = null;
        restarts.incrementAndGet();
        pause = clock.millis() - startedMillis >= SETTLED.toMillis() ? FIRST_PAUSE : doubled(pause);
        nextMillis = clock.millis() + pause.toMillis();
        log.warn(
                "learning online ended with exit code {}, and starts again in {}: {}; what was published goes on answering",
                exit,
                pause,
                ChildJava.lastLine(output()));
    }

    private static Duration doubled(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    private void listen() throws IOException {
        OnlineFigures before = figures;
        OnlineFigures now = OnlineFigures.read(config.directory().resolve("status.properties"));
        figures = now;
        if (now.isFrozen() && !before.isFrozen()) {
            log.warn("learning online is frozen: {}", now.message());
        } else if (before.isFrozen() && !now.isFrozen()) {
            log.info("learning online goes on");
        }
    }

    private Path output() {
        return config.directory().resolve("output.log");
    }

    @Override
    public void onClose() {
        Process running = child;
        if (running == null) {
            return;
        }
        running.destroy();
        try {
            if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
