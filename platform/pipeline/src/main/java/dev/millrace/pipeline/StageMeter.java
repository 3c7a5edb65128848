package dev.millrace.pipeline;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What one stage of a pipeline has cost and how it has ended, over all runs. Thread-safe. */
final class StageMeter {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final AtomicInteger unfinished = new AtomicInteger();
    private final LongAdder degraded = new LongAdder();
    private final LongAdder cpuNanos = new LongAdder();

    /** Calls that were abandoned at their deadline and have not ended. */
    AtomicInteger unfinished() {
        return unfinished;
    }

    /** Calls that ended otherwise than well. */
    LongAdder degraded() {
        return degraded;
    }

    /** CPU time that the stage has used, on whatever threads. */
    long cpuNanos() {
        return cpuNanos.sum();
    }

    /** The present thread's CPU time, to be given to {@link #spent} afterwards; virtual threads have none to read. */
    static long begin() {
        return Thread.currentThread().isVirtual() ? 0 : THREADS.getCurrentThreadCpuTime();
    }

    void spent(long begin) {
        cpuNanos.add(begin() - begin);
    }
}
