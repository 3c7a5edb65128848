package dev.millrace.storage.tiered;

import dev.millrace.runtime.Agent;
import dev.millrace.runtime.AgentRunner;
import dev.millrace.storage.segment.StoredRow;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes rows that were read from disk into the memory of their tables, and others out of it, so that no reader waits for a table's lock. What
 * does not fit into its queue is passed over and counted: who is asked for again is offered again. Thread-safe.
 */
final class Promoter implements Agent, AutoCloseable {
    /** Rows come in dribs, as the disk gives them: one waking for many. So much later than it could be is a row in memory. */
    private static final long GATHERING_NANOS = 500_000;
    /** Rows of a table that are taken in before its writers get their turn. */
    private static final int AT_ONCE = 64;
    /** For a table's lock, which a writer may have while it waits for the disk. */
    private static final long PATIENCE_MILLIS = 100;

    private static final Duration IDLE = Duration.ofSeconds(10);

    private final PromotionQueue queue = new PromotionQueue();
    private final StoredRow row = new StoredRow();
    /** Tables of the portion that were waited for in vain: each is waited for once. Owned by the agent. */
    private final Set<TieredTable> busy = new HashSet<>();

    private final AgentRunner runner;
    /** Whether the next that is offered has to wake this one. */
    private volatile boolean asleep;

    private volatile boolean closed;

    Promoter() {
        runner = AgentRunner.start(this, IDLE);
    }

    /** @return false where the row is passed over */
    boolean offer(TieredTable table, long entry, StoredRow offered) {
        if (closed || !queue.offer(table, entry, offered)) {
            return false;
        }
        if (asleep) {
            asleep = false;
            runner.wake();
        }
        return true;
    }

    @Override
    public String name() {
        return "store-promote";
    }

    @Override
    public int doWork() throws InterruptedException {
        PromotionQueue.Portion portion = queue.take();
        int count = closed ? 0 : portion.count();
        if (count == 0) {
            asleep = true;
            // What was offered before that was seen wakes nobody.
            return closed || queue.isEmpty() ? 0 : 1;
        }
        for (int i = 0; i < count && !closed; ) {
            i = promote(portion, i, Math.min(count, i + AT_ONCE));
        }
        busy.clear();
        LockSupport.parkNanos(this, GATHERING_NANOS);
        return count;
    }

    /** Takes rows of one table in. @return the first of another, or the end */
    private int promote(PromotionQueue.Portion portion, int from, int end) throws InterruptedException {
        TieredTable table = portion.table(from);
        int next = from + 1;
        while (next < end && table.equals(portion.table(next))) {
            next++;
        }
        if (!locks(table)) {
            table.intake().passOver(next - from);
            return next;
        }
        try {
            for (int i = from; i < next; i++) {
                portion.moveTo(i, row);
                table.intake().promoteLocked(portion.entry(i), row);
            }
        } finally {
            table.lock().unlock();
        }
        return next;
    }

    /** The other tables' rows do not wait for each run of rows of one that is busy. */
    private boolean locks(TieredTable table) throws InterruptedException {
        if (busy.contains(table)) {
            return table.lock().tryLock();
        }
        boolean locked = table.lock().tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        if (!locked) {
            busy.add(table);
        }
        return locked;
    }

    /** What waits is passed over. */
    @Override
    public void close() {
        closed = true;
        runner.close();
    }
}
