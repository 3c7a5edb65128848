package dev.millrace.server.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

class OnlineAgentTest {
    @TempDir
    private Path directory;

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
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private String live = "v1";
    private OnlineAgent agent;

    @BeforeEach
    void make() {
        agent = agent(true, "echo started >> runs; exec sleep 60");
    }

    @AfterEach
    void close() {
        agent.onClose();
    }

    private OnlineAgent agent(boolean enabled, String script) {
        OnlineAgentConfig config = new OnlineAgentConfig(
                enabled, List.of("sh", "-c", "cd " + directory + "; " + script), Map.of(), directory);
        return new OnlineAgent(config, () -> live, clock);
    }

    private double gauge(String name) {
        return meters.get("millrace." + name).gauge().value();
    }

    private int runs() throws IOException {
        Path file = directory.resolve("runs");
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    /** The child is a process: it takes the time that it takes. */
    private static void await(BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(30), "within 30 s");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void awaitRuns(int count) {
        await(() -> {
            try {
                agent.doWork();
                return runs() == count;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void learner_disabledOrWithoutAModel_isNotStarted() throws IOException {
        OnlineAgent disabled = agent(false, "echo started >> runs");
        assertEquals(0, disabled.doWork());
        live = "";
        assertEquals(0, agent.doWork());
        live = "v1";
        assertEquals(1, agent.doWork());
        awaitRuns(1);
    }

    @Test
    void learner_thatEnds_startsAgainAfterAPauseThatGrows() {
        agent = agent(true, "echo started >> runs; exit 3");
        agent.register(new Metrics(meters), () -> 7);
        awaitRuns(1);
        await(() -> restartsAre(1));
        long[] pauses = {10_000, 20_000};
        for (int i = 0; i < pauses.length; i++) {
            millis.addAndGet(pauses[i] - 1);
            assertStays(i + 1);
            millis.addAndGet(1);
            awaitRuns(i + 2);
            int ended = i + 2;
            await(() -> restartsAre(ended));
        }
        assertEquals(7, gauge("online.delta.served"));
    }

    private boolean restartsAre(int count) {
        try {
            agent.doWork();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return gauge("online.restarts") == count;
    }

    private void assertStays(int count) {
        try {
            assertEquals(0, agent.doWork());
            assertEquals(count, runs());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void figures_ofTheLearner_areMetrics() throws IOException {
        agent.register(new Metrics(meters), () -> 4);
        awaitRuns(1);
        Files.writeString(
                directory.resolve("status.properties"),
                "state=FROZEN\nmessage=robots\nsequence=5\nlearned=1234\nskipped=6\nroll-backs=1\nforetold-left-out=8\nitems=77\n");
        agent.doWork();
        assertEquals(5, gauge("online.delta.published"));
        assertEquals(1234, gauge("online.slates.learned"));
        assertEquals(1, gauge("online.frozen"));
        assertEquals(1, gauge("online.roll.backs"));
        assertEquals(8, gauge("online.foretold.left.out"));
        assertEquals(77, gauge("online.items"));
        Files.writeString(directory.resolve("status.properties"), "state=LEARNING\nsequence=not a number\n");
        agent.doWork();
        assertEquals(0, gauge("online.frozen"));
        assertEquals(0, gauge("online.delta.published"));
    }

    @Test
    void close_endsTheChild() throws IOException {
        awaitRuns(1);
        long began = System.nanoTime();
        agent.onClose();
        assertTrue(
                System.nanoTime() - began < TimeUnit.SECONDS.toNanos(9), "a child that ends at once is not waited for");
        assertFalse(runs() > 1);
    }
}
