package dev.millrace.runtime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;

/** The parts of a process in the order in which they started; closes them in reverse. Thread-safe. */
public final class Lifecycle implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

    private final Deque<Part> parts = new ArrayDeque<>();
    private final Level told;
    private boolean closed;

    private record Part(String name, AutoCloseable part) {}

    public Lifecycle() {
        this(Level.INFO);
    }

    /** @param told the level at which starts and ends are logged */
    public Lifecycle(Level told) {
        this.told = told;
    }

    /**
     * Starts a part and remembers to close it. When the start fails, every earlier part is closed before the failure is
     * thrown on.
     */
    public synchronized <T extends AutoCloseable> T start(String name, Callable<T> starter) throws Exception {
        if (closed) {
            throw new IllegalStateException("cannot start " + name + ": the process is closing");
        }
        long began = System.nanoTime();
        try {
            T part = starter.call();
            parts.push(new Part(name, part));
            log.atLevel(told).log("{} started in {} ms", name, (System.nanoTime() - began) / 1_000_000);
            return part;
        } catch (Exception | Error e) {
            log.error("{} did not start; closing what had started", name);
            close();
            throw e;
        }
    }

    /** Remembers to close a part that runs already. */
    public synchronized <T extends AutoCloseable> T add(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    /** Closes every part, the last started first; a failure is logged and does not keep the others open. */
    @Override
    public synchronized void close() {
        closed = true;
        while (!parts.isEmpty()) {
            closeOne(parts.pop());
        }
    }

    private void closeOne(Part part) {
        long began = System.nanoTime();
        try {
            part.part().close();
            log.atLevel(told).log("{} closed in {} ms", part.name(), (System.nanoTime() - began) / 1_000_000);
        } catch (Exception e) {
            log.error("{} did not close cleanly", part.name(), e);
        }
    }
}
