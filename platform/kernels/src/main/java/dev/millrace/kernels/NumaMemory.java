package dev.millrace.kernels;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * On which NUMA nodes large memory comes to lie. Where the process may use several, its pages come from each in turn: any thread
 * may read any row, so every row is as near as another on the average, and the channels of all nodes serve. Without it a page lies
 * where the thread runs that touches it first, hence a table that one thread fills on one node. Thread-safe.
 *
 * <p>A process that was started with a policy of its own ({@code numactl}) keeps it.
 */
public final class NumaMemory {
    private static final Logger log = LoggerFactory.getLogger(NumaMemory.class);

    private static final NumaMemory PROCESS = decide(Path.of("/"), NumaCalls.ofMachine());

    private final List<Integer> nodes;
    private final NumaCalls calls;
    private final String decision;
    private final AtomicBoolean told = new AtomicBoolean();
    private final AtomicBoolean refused = new AtomicBoolean();

    /** @param nodes none to leave memory where the system puts it */
    NumaMemory(List<Integer> nodes, NumaCalls calls, String decision) {
        this.nodes = List.copyOf(nodes);
        this.calls = calls;
        this.decision = decision;
    }

    /** That of this process. */
    public static NumaMemory ofProcess() {
        return PROCESS;
    }

    static NumaMemory decide(Path root, NumaCalls calls) {
        List<Integer> nodes;
        try {
            nodes = new ArrayList<>(NumaTopology.read(root).whole());
        } catch (IOException e) {
            return new NumaMemory(List.of(), calls, "stays where the system puts it: " + e.getMessage());
        }
        if (nodes.size() < 2) {
            return new NumaMemory(List.of(), calls, "is on one NUMA node: no other has memory and processors");
        }
        int policy = calls.policy();
        if (policy != 0) {
            return new NumaMemory(
                    List.of(),
                    calls,
                    policy < 0
                            ? "stays where the system puts it, which refuses to be asked for NUMA nodes: error "
                                    + -policy
                            : "stays where the NUMA policy puts it that the process was started with");
        }
        nodes.retainAll(calls.allowed());
        if (nodes.size() < 2) {
            return new NumaMemory(List.of(), calls, "is on one NUMA node: the process may use no other");
        }
        return new NumaMemory(nodes, calls, "is interleaved over NUMA nodes " + nodes);
    }

    /** What is done, and why: a sentence whose subject is the memory. */
    String decision() {
        return decision;
    }

    /** Says it in the log, to whoever asks first. */
    public void tell() {
        if (told.compareAndSet(false, true)) {
            log.info("memory of tables {}", decision);
        }
    }

    /**
     * Spreads memory that nobody has touched yet. A refusal costs speed on some processors, nothing else, and is told in the log
     * once.
     *
     * @param address at a page's border
     */
    void spread(long address, long bytes) {
        if (nodes.isEmpty()) {
            return;
        }
        int error = calls.interleave(address, bytes, nodes);
        if (error != 0 && refused.compareAndSet(false, true)) {
            log.warn(
                    "memory of tables lies where the system puts it: it does not interleave it over NUMA nodes {} (error {})",
                    nodes,
                    -error);
        }
    }

    /** Whether the system has refused to spread memory, which the log then says. */
    boolean isRefused() {
        return refused.get();
    }
}
