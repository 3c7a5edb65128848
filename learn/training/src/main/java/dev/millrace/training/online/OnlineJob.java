package dev.millrace.training.online;

import ai.onnxruntime.OrtException;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Registry;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.training.work.ReplayStarts;
import dev.millrace.training.work.WorkLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Learns online on a data directory until it is told to end; one at a time; forgets who was erased within a second or two. Immutable. */
public final class OnlineJob {
    /** Where {@code DATA/online} has the {@link OnlineStatus} of the learner that runs. */
    public static final String STATUS = "status.properties";

    private static final Logger log = LoggerFactory.getLogger(OnlineJob.class);

    private static final long IDLE_MILLIS = 200;
    private static final long STATUS_MILLIS = 1_000;

    private final OnlineConfig config;

    public OnlineJob(OnlineConfig config) {
        this.config = config;
    }

    /**
     * @param keys of the users whose events are encrypted
     * @param end ends the learning when it is counted down
     */
    public void run(Path dataDir, KeyConfig keys, CountDownLatch end)
            throws IOException, OrtException, InterruptedException {
        Path work = Files.createDirectories(dataDir.resolve("online"));
        Path log = dataDir.resolve("log");
        // Who does not get the lock opens nothing.
        try (WorkLock _ = WorkLock.acquire(work)) {
            KeyTable opened = SegmentEventLog.keysToRead(log, keys);
            try (ReadableEventLog events = SegmentEventLog.openReadOnly(log, opened);
                    OnlineLearner learner = new OnlineLearner(
                            events,
                            new ReplayStarts(dataDir, opened),
                            new Registry(dataDir.resolve("models")),
                            config,
                            work,
                            System::currentTimeMillis)) {
                if (opened != null) {
                    Runnable _ = opened.onDrop(learner::forget);
                }
                DeltaPublication.clear(work);
                learn(learner, opened, work.resolve(STATUS), end);
            }
        }
    }

    private static void learn(OnlineLearner learner, @Nullable KeyTable keys, Path status, CountDownLatch end)
            throws IOException, OrtException, InterruptedException {
        long told = 0;
        boolean ends = false;
        while (!ends) {
            int done = learner.doWork();
            if (System.currentTimeMillis() - told >= STATUS_MILLIS) {
                told = System.currentTimeMillis();
                lookForDrops(keys);
                learner.status().write(status);
            }
            ends = end.await(done == 0 ? IDLE_MILLIS : 0, TimeUnit.MILLISECONDS);
        }
    }

    /** An erasure is no event: the keys tell of it. What a look that fails would have found, the next one does. */
    private static void lookForDrops(@Nullable KeyTable keys) {
        if (keys == null) {
            return;
        }
        try {
            keys.lookForDrops();
        } catch (MillraceException e) {
            log.warn("who was erased could not be looked up; it is tried again in a second: {}", e.getMessage());
        }
    }
}
