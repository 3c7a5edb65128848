package dev.millrace.server.operate;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Agent;
import dev.millrace.runtime.Clock;
import dev.millrace.wire.operate.ModelCurve.Point;
import dev.millrace.wire.operate.TrainingStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Trains in the background, in a process of its own with the lowest priority, by schedule and on request. One training
 * runs at a time. Thread-safe; its runner looks after the child.
 */
public final class TrainingAgent implements Agent {
    private static final Logger log = LoggerFactory.getLogger(TrainingAgent.class);
    /** What a training gets to write its checkpoint, and what it counts on; an agent's runner gives up after 30 s. */
    private static final long STOP_SECONDS = 25;

    private final TrainingAgentConfig config;
    private final LongSupplier logEnd;
    private final Supplier<@Nullable String> liveVersion;
    private final Clock clock;
    private @Nullable Process child;
    private State state = State.IDLE;
    private String message = "no training yet";
    private @Nullable Instant started;
    private @Nullable Instant finished;
    private @Nullable Instant next;
    private long trainedEnd;

    private enum State {
        IDLE,
        RUNNING,
        SUCCEEDED,
        FAILED
    }

    public TrainingAgent(
            TrainingAgentConfig config, LongSupplier logEnd, Supplier<@Nullable String> liveVersion, Clock clock) {
        this.config = config;
        this.logEnd = logEnd;
        this.liveVersion = liveVersion;
        this.clock = clock;
        this.next = config.every().isZero() ? null : clock.instant().plus(config.first());
    }

    @Override
    public String name() {
        return "training";
    }

    @Override
    public synchronized int doWork() throws IOException {
        if (child != null && !child.isAlive()) {
            ended(child.exitValue());
            return 1;
        }
        if (child == null && next != null && !clock.instant().isBefore(next) && !isHeldByAnother()) {
            next = clock.instant().plus(config.every());
            if (logEnd.getAsLong() - trainedEnd >= config.leastEvents()) {
                start();
                return 1;
            }
        }
        return 0;
    }

    @Override
    public synchronized void onClose() {
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

    /** @throws MillraceException CONFLICT where one runs already */
    public synchronized void startNow() {
        if (child != null) {
            throw new MillraceException(
                    ErrorCode.CONFLICT, "A training runs already; wait for it, see GET /v1/training");
        }
        try {
            if (isHeldByAnother()) {
                throw new MillraceException(
                        ErrorCode.CONFLICT,
                        "Another training, started by hand, runs on the same data; wait for it, or end it");
            }
            start();
        } catch (IOException e) {
            state = State.FAILED;
            message = "the training process did not start: " + e.getMessage();
            throw new MillraceException(
                    ErrorCode.UNAVAILABLE, "The training process did not start; see the server's log", e);
        }
    }

    public synchronized TrainingStatus status() {
        List<Point> curve = curve();
        return new TrainingStatus(
                state.name().toLowerCase(java.util.Locale.ROOT),
                progress(curve),
                message,
                started,
                finished,
                state == State.SUCCEEDED ? liveVersion.get() : null,
                next,
                curve);
    }

    /** A child would find out as well, but only when it is up: at its low priority beside the other that takes long. */
    private boolean isHeldByAnother() throws IOException {
        Path lock = config.directory().resolve("lock");
        if (!Files.exists(lock)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock own = channel.tryLock()) {
            return own == null;
        } catch (OverlappingFileLockException e) {
            return true; // held within this process
        }
    }

    private void start() throws IOException {
        Files.createDirectories(config.directory());
        trainedEnd = logEnd.getAsLong();
        child = ChildJava.start(config.command(), config.environment(), output());
        state = State.RUNNING;
        message = "training on " + trainedEnd + " events";
        started = clock.instant();
        finished = null;
        log.info("training started as process {}", child.pid());
    }

    private void ended(int exit) throws IOException {
        child = null;
        finished = clock.instant();
        state = exit == 0 ? State.SUCCEEDED : State.FAILED;
        message = ChildJava.lastLine(output());
        log.info("training ended with exit code {}: {}", exit, message);
    }

    /** A training that waits for its first measurement has come nowhere yet. */
    private double progress(List<Point> curve) {
        return switch (state) {
            case IDLE, FAILED -> 0;
            case SUCCEEDED -> 1;
            case RUNNING ->
                curve.isEmpty()
                        ? 0
                        : Math.min(
                                0.99,
                                curve.getLast().cpuSeconds()
                                        / Math.max(1, config.cpuBudget().toSeconds()));
        };
    }

    private List<Point> curve() {
        try {
            Path file = config.directory().resolve("curve.jsonl");
            boolean ofThisRun = started != null
                    && Files.exists(file)
                    && !Files.getLastModifiedTime(file).toInstant().isBefore(started);
            return ofThisRun ? CurvePoints.read(file) : List.of();
        } catch (IOException e) {
            log.warn("the training curve cannot be read", e);
            return List.of();
        }
    }

    private Path output() {
        return config.directory().resolve("output.log");
    }
}
