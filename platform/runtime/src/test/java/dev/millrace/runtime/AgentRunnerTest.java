package dev.millrace.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class AgentRunnerTest {
    /** Works off a queue; the word "fail" makes it throw. */
    private static final class QueueAgent implements Agent {
        final BlockingQueue<String> queue = new LinkedBlockingQueue<>();
        final BlockingQueue<String> done = new LinkedBlockingQueue<>();
        volatile boolean closed;
        volatile String thread = "";

        @Override
        public String name() {
            return "queue";
        }

        @Override
        public int doWork() {
            thread = Thread.currentThread().getName();
            String next = queue.poll();
            if (next == null) {
                return 0;
            }
            if (next.equals("fail")) {
                throw new IllegalStateException(next);
            }
            done.add(next);
            return 1;
        }

        @Override
        public void onClose() {
            closed = true;
        }
    }

    @Test
    void wake_parkedAgent_worksAtOnce() throws InterruptedException {
        QueueAgent agent = new QueueAgent();
        try (AgentRunner runner = AgentRunner.start(agent, Duration.ofHours(1))) {
            agent.queue.add("one");
            runner.wake();
            assertEquals("one", agent.done.poll(30, TimeUnit.SECONDS));
            assertEquals("millrace-queue", agent.thread);
        }
        assertTrue(agent.closed);
    }

    @Test
    void close_workLeft_isDrainedFirst() {
        QueueAgent agent = new QueueAgent();
        AgentRunner runner = AgentRunner.start(agent, Duration.ofHours(1));
        for (int i = 0; i < 1000; i++) {
            agent.queue.add("work");
        }
        runner.close();
        assertEquals(1000, agent.done.size());
    }

    @Test
    void failure_isReportedAndTheAgentGoesOn() throws InterruptedException {
        QueueAgent agent = new QueueAgent();
        CountDownLatch reported = new CountDownLatch(1);
        AgentRunner.FailureListener listener = (failed, failure) -> reported.countDown();
        try (AgentRunner runner = AgentRunner.start(agent, Duration.ofHours(1), listener)) {
            agent.queue.addAll(List.of("fail", "after"));
            runner.wake();
            assertTrue(reported.await(30, TimeUnit.SECONDS));
            assertEquals("after", agent.done.poll(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void lifecycle_aPartDoesNotStart_closesTheEarlierInReverse() {
        List<String> closed = new ArrayList<>();
        Lifecycle lifecycle = new Lifecycle();
        assertThrows(IllegalStateException.class, () -> {
            lifecycle.start("one", () -> (AutoCloseable) () -> closed.add("one"));
            lifecycle.start("two", () -> (AutoCloseable) () -> {
                closed.add("two");
                throw new IllegalStateException("cannot close");
            });
            lifecycle.start("three", () -> {
                throw new IllegalStateException("cannot start");
            });
        });
        assertEquals(List.of("two", "one"), closed);
        assertThrows(IllegalStateException.class, () -> lifecycle.start("four", () -> (AutoCloseable) () -> {}));
    }

    @Test
    void metrics_namedByHand_carryThePrefix() {
        Metrics metrics = Metrics.unpublished();
        AtomicInteger depth = new AtomicInteger(7);
        metrics.counter("requests", "what was asked", "arm", "home").increment();
        metrics.gauge("depth", "how deep it is", depth::get);
        assertEquals(1, metrics.registry().get("millrace.requests").counter().count());
        assertEquals(7, metrics.registry().get("millrace.depth").gauge().value());
        assertFalse(metrics.registry().getMeters().isEmpty());
    }
}
