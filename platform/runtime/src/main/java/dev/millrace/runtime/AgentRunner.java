package dev.millrace.runtime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread of one {@link Agent}: parks while there is nothing to do, survives the agent's failures and drains it
 * when closed. Thread-safe.
 */
public final class AgentRunner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AgentRunner.class);

    /** How long a failed agent rests, so that a lasting failure does not fill the log. */
    private static final Duration REST_AFTER_FAILURE = Duration.ofMillis(100);

    /** How long closing waits for the agent's last work. */
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(30);

    private final Agent agent;
    private final Duration idle;
    private final FailureListener failures;
    private final Thread thread;
    /** What marks the log lines of whoever started the agent marks the agent's. */
    private final Map<String, String> marks;

    private volatile boolean closing;

    /** Told of each failure of an agent, on the agent's thread. */
    @FunctionalInterface
    public interface FailureListener {
        void onFailure(Agent agent, Throwable failure);
    }

    private AgentRunner(Agent agent, Duration idle, FailureListener failures) {
        this.agent = agent;
        this.idle = idle;
        this.failures = failures;
        Map<String, String> marks = MDC.getCopyOfContextMap();
        this.marks = marks == null ? Map.of() : marks;
        this.thread =
                Thread.ofPlatform().name("millrace-" + agent.name()).daemon().unstarted(this::run);
    }

    /** Starts the agent; failures are logged. */
    public static AgentRunner start(Agent agent, Duration idle) {
        return start(
                agent, idle, (failed, failure) -> log.error("agent {} failed; it goes on", failed.name(), failure));
    }

    /**
     * Starts the agent.
     *
     * @param idle how long the thread parks after work that found nothing to do; {@link #wake()} cuts it short
     */
    public static AgentRunner start(Agent agent, Duration idle, FailureListener failures) {
        AgentRunner runner = new AgentRunner(agent, idle, failures);
        runner.thread.start();
        return runner;
    }

    /** Ends a park: there is work. */
    public void wake() {
        LockSupport.unpark(thread);
    }

    /** Where the agent works. It may outlive {@link #close} where the agent does not. */
    public Thread thread() {
        return thread;
    }

    /** Lets the agent work until it finds nothing more, at most 30 s, then ends its thread. */
    @Override
    public void close() {
        closing = true;
        wake();
        try {
            if (!thread.join(DRAIN_LIMIT)) {
                log.warn("agent {} did not drain within {}; its thread is interrupted", agent.name(), DRAIN_LIMIT);
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        MDC.setContextMap(marks);
        while (!Thread.currentThread().isInterrupted()) {
            int done = work();
            if (done <= 0) {
                if (closing) {
                    break;
                }
                LockSupport.parkNanos(this, done < 0 ? REST_AFTER_FAILURE.toNanos() : idle.toNanos());
            }
        }
        agent.onClose();
    }

    /** @return what was done, or −1 after a failure */
    private int work() {
        try {
            return agent.doWork();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        } catch (Throwable failure) {
            failures.onFailure(agent, failure);
            return -1;
        }
    }
}
