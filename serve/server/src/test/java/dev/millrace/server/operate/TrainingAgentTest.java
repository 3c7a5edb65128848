package dev.millrace.server.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.wire.operate.TrainingStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** The background training, with a shell in the trainer's place. */
final class TrainingAgentTest {
    @TempDir
    private Path directory;

    private final AtomicLong logEnd = new AtomicLong();
    private final AtomicLong millis = new AtomicLong(1_700_000_000_000L);
    private final Clock clock = new Clock() {
        @Override
        public long millis() {
            return millis.get();
        }

        @Override
        public long nanos() {
            return millis.get() * 1_000_000;
        }
    };

    @Test
    void request_runsTheChild_andTellsItsLastWord() throws Exception {
        TrainingAgent agent = agent(Duration.ZERO, "echo working; echo published v1");
        assertEquals("idle", agent.status().state());
        agent.startNow();
        TrainingStatus status = untilEnded(agent);
        assertEquals("succeeded", status.state());
        assertEquals("published v1", status.message());
        assertEquals("v1", status.version());
        assertEquals(1.0, status.progress());
    }

    @Test
    void failingChild_isToldAsFailed() throws Exception {
        TrainingAgent agent = agent(Duration.ZERO, "echo too little data; exit 1");
        agent.startNow();
        TrainingStatus status = untilEnded(agent);
        assertEquals("failed", status.state());
        assertEquals("too little data", status.message());
        assertNull(status.version());
    }

    @Test
    void secondRequest_whileOneRuns_isAConflict_andCloseEndsIt() {
        TrainingAgent agent = agent(Duration.ZERO, "exec sleep 60");
        agent.startNow();
        MillraceException e = assertThrows(MillraceException.class, agent::startNow);
        assertEquals(ErrorCode.CONFLICT, e.code());
        assertEquals("running", agent.status().state());
        long began = System.nanoTime();
        agent.onClose();
        assertTrue(
                System.nanoTime() - began < TimeUnit.SECONDS.toNanos(10),
                "a child that ends at once is not waited for");
    }

    @Test
    void request_whileATrainingStartedByHandHoldsTheFolder_isAConflictAtOnce() throws Exception {
        TrainingAgent agent = agent(Duration.ofMinutes(10), "echo done");
        try (FileChannel held = FileChannel.open(
                        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = held.lock()) {
            MillraceException e = assertThrows(MillraceException.class, agent::startNow);
            assertEquals(ErrorCode.CONFLICT, e.code());
            logEnd.set(500);
            millis.addAndGet(Duration.ofMinutes(1).toMillis());
            agent.doWork();
            assertEquals("idle", agent.status().state(), "the schedule waits as well");
        }
        agent.doWork();
        assertEquals("running", agent.status().state());
        untilEnded(agent);
        agent.startNow();
        assertEquals("succeeded", untilEnded(agent).state());
    }

    @Test
    void close_whileTheChildSavesItsWork_waitsForIt() throws Exception {
        Path ready = directory.resolve("ready");
        Path saved = directory.resolve("saved");
        TrainingAgent agent = agent(
                Duration.ZERO,
                "trap 'kill $!; sleep 6; echo done > %s; exit 0' TERM; sleep 60 & echo up > %s; wait"
                        .formatted(saved, ready));
        agent.startNow();
        long began = System.nanoTime();
        while (!Files.exists(ready)) {
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(30), "it comes up");
            LockSupport.parkNanos(1_000_000);
        }
        agent.onClose();
        assertTrue(Files.exists(saved));
    }

    @Test
    void curve_ofTheRunningChild_isProgress() throws Exception {
        Files.writeString(directory.resolve("curve.jsonl"), "{\"step\":1,\"cpuSeconds\":99,\"loss\":9.0}\n");
        Files.setLastModifiedTime(directory.resolve("curve.jsonl"), FileTime.fromMillis(millis.get() - 60_000));
        TrainingAgent agent = agent(Duration.ZERO, "exec sleep 60");
        agent.startNow();
        assertTrue(agent.status().curve().isEmpty(), "the curve of an earlier training does not count");
        Files.writeString(
                directory.resolve("curve.jsonl"),
                "{\"step\":10,\"cpuSeconds\":45.0,\"loss\":5.5,\"ndcg10\":0.1,\"hr10\":\"NaN\"}\n{\"step\":20,\"cpu");
        TrainingStatus status = agent.status();
        assertEquals(0.5, status.progress(), 1e-9);
        assertEquals(1, status.curve().size());
        assertNull(status.curve().getFirst().hr10());
        agent.onClose();
    }

    @Test
    void schedule_startsWhenDue_andOnlyWithNewEvents() throws Exception {
        TrainingAgent agent = agent(Duration.ofMinutes(10), "echo done");
        agent.doWork();
        assertEquals("idle", agent.status().state(), "not due yet");
        millis.addAndGet(Duration.ofMinutes(1).toMillis());
        agent.doWork();
        assertEquals("idle", agent.status().state(), "due, but nothing happened since");
        logEnd.set(500);
        millis.addAndGet(Duration.ofMinutes(10).toMillis());
        agent.doWork();
        assertEquals("running", agent.status().state());
        untilEnded(agent);
        millis.addAndGet(Duration.ofMinutes(10).toMillis());
        agent.doWork();
        assertFalse(agent.status().state().equals("running"), "no new events since the last training");
    }

    private TrainingAgent agent(Duration every, String script) {
        TrainingAgentConfig config = new TrainingAgentConfig(
                every,
                Duration.ofMinutes(1),
                100,
                Duration.ofSeconds(90),
                List.of("sh", "-c", script),
                Map.of(),
                directory);
        return new TrainingAgent(config, logEnd::get, () -> "v1", clock);
    }

    private static TrainingStatus untilEnded(TrainingAgent agent) throws Exception {
        long began = System.nanoTime();
        while (agent.status().state().equals("running")) {
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(30), "it ends");
            agent.doWork();
            LockSupport.parkNanos(1_000_000);
        }
        return agent.status();
    }
}
