package dev.millrace.inference.batching;

import dev.millrace.inference.batching.BatchWork.State;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Joins waiting calls into batches, and never waits for a batch to fill (thread-safe).
 *
 * <p>Idea: there are as many permits as cores. A call that finds one runs at once on its own thread: at low load nothing
 * waits and no thread changes. Otherwise it queues. Whoever ends a run hands its permit to the first waiting call, which
 * takes along as many others as the {@link BatchLimit} allows and runs them all on its own thread; so batches are as large
 * as the queue that has built up, and there is no window, no timer and no thread of the batcher's own.
 *
 * <p>Interactive calls go before background ones; nothing else reorders. A call whose deadline has passed is dropped before
 * it costs anything. The queue is bounded; what does not fit is refused at once. A failing run fails every call in it.
 */
public final class AdaptiveBatcher implements AutoCloseable {
    private final BatchingConfig config;
    private final BatchRunner runner;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    private final List<ArrayDeque<BatchWork>> lanes = new ArrayList<>();
    private final BatchLimit limit;
    private int running;
    private int waitingRows;
    private boolean closed;
    private long batches;
    private long rows;
    private long calls;
    private long expired;
    private long refused;

    public AdaptiveBatcher(BatchingConfig config, BatchRunner runner, Clock clock) {
        this.config = config;
        this.runner = runner;
        this.clock = clock;
        this.limit = new BatchLimit(config.budget().toNanos(), config.maxRows());
        for (Priority _ : Priority.values()) {
            lanes.add(new ArrayDeque<>());
        }
    }

    /**
     * Runs a call, alone or with others, and returns when it has its results.
     *
     * @throws MillraceException OVERLOADED where the queue is full, DEADLINE_EXCEEDED where the deadline passed before it
     *     ran, UNAVAILABLE after {@link #close()}, INTERNAL where the run failed
     */
    public void run(BatchWork work, int count, Priority priority, Deadline deadline) {
        work.begin(count, priority, deadline);
        try {
            admit(work);
            if (isLeader(work)) {
                lead(work);
            }
            requireDone(work);
        } finally {
            work.end();
        }
    }

    public BatchFigures figures() {
        lock.lock();
        try {
            return new BatchFigures(batches, rows, calls, expired, refused, limit.rows(), waitingRows);
        } finally {
            lock.unlock();
        }
    }

    /** Refuses new calls and waits for those under way and in the queue. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            while (running > 0) {
                drained.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void admit(BatchWork work) {
        lock.lock();
        try {
            if (closed) {
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE, "this model was closed; ask for the live model again");
            }
            if (work.deadline.isExpired()) {
                expired++;
                work.state = State.EXPIRED;
            } else if (running < config.cores()) { // then nobody waits: permits are handed on, never laid down
                running++;
                work.batch.add(work);
                work.state = State.LEADING;
            } else {
                enqueue(work);
            }
        } finally {
            lock.unlock();
        }
    }

    private void enqueue(BatchWork work) {
        if (waitingRows + work.rows > config.queueRows()) {
            refused++;
            throw new MillraceException(
                    ErrorCode.OVERLOADED,
                    "scoring has " + waitingRows + " rows waiting and takes at most " + config.queueRows()
                            + " (inference.queue-rows); try again in a moment");
        }
        waitingRows += work.rows;
        work.state = State.WAITING;
        lanes.get(work.priority.ordinal()).addLast(work);
    }

    /** Waits until the call's fate is known; true where its own thread is to run the batch. */
    private boolean isLeader(BatchWork work) {
        boolean interrupted = false;
        try {
            while (work.state == State.WAITING || work.state == State.RIDING) {
                long left = work.state == State.WAITING ? work.deadline.remainingNanos() : Long.MAX_VALUE;
                if (left <= 0) {
                    expireWaiting(work);
                } else {
                    LockSupport.parkNanos(this, left);
                    interrupted |= Thread.interrupted(); // the buffers are in use: leaving now is not possible
                }
            }
            return work.state == State.LEADING;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void expireWaiting(BatchWork work) {
        lock.lock();
        try {
            if (work.state == State.WAITING) {
                lanes.get(work.priority.ordinal()).remove(work);
                waitingRows -= work.rows;
                expired++;
                work.state = State.EXPIRED;
            }
        } finally {
            lock.unlock();
        }
    }

    private void lead(BatchWork leader) {
        int batchRows = 0;
        for (int i = 0; i < leader.batch.size(); i++) {
            batchRows += leader.batch.get(i).rows;
        }
        long began = clock.nanos();
        Throwable failure = null;
        try {
            runner.run(leader.batch, batchRows);
        } catch (RuntimeException | Error e) { // each call of the batch must hear of it
            failure = e;
        }
        BatchWork next = finish(leader, batchRows, clock.nanos() - began, failure);
        if (next != null) {
            LockSupport.unpark(next.caller); // first: its batch is what the core has to do next
        }
    }

    /** Ends a batch and hands its permit on: the call that leads the next batch, or null where nobody waits. */
    private @Nullable BatchWork finish(BatchWork leader, int batchRows, long nanos, @Nullable Throwable failure) {
        lock.lock();
        try {
            batches++;
            rows += batchRows;
            calls += leader.batch.size();
            limit.observe(batchRows, nanos, waitingRows > 0);
            BatchWork next = nextBatch();
            if (next == null) {
                running--;
                drained.signalAll();
            }
            for (int i = 0; i < leader.batch.size(); i++) {
                end(leader.batch.get(i), failure);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private static void end(BatchWork work, @Nullable Throwable failure) {
        Thread caller = work.caller; // read before the state: a call that is done may begin anew at once
        work.failure = failure;
        work.state = failure == null ? State.DONE : State.FAILED;
        if (caller != Thread.currentThread()) {
            LockSupport.unpark(caller);
        }
    }

    private @Nullable BatchWork nextBatch() {
        BatchWork leader = pollAlive(Integer.MAX_VALUE);
        if (leader == null) {
            return null;
        }
        leader.batch.add(leader);
        int left = limit.rows() - leader.rows;
        for (BatchWork work = pollAlive(left); work != null; work = pollAlive(left)) {
            leader.batch.add(work);
            work.state = State.RIDING;
            left -= work.rows;
        }
        leader.state = State.LEADING;
        return leader;
    }

    /** Takes the next call out of the queue, dropping those that are too late; null where it has more rows than fit. */
    private @Nullable BatchWork pollAlive(int mostRows) {
        for (int lane = 0; lane < lanes.size(); lane++) {
            ArrayDeque<BatchWork> waiting = lanes.get(lane);
            for (BatchWork work = waiting.peekFirst(); work != null; work = waiting.peekFirst()) {
                boolean late = work.deadline.isExpired();
                if (!late && work.rows > mostRows) {
                    return null;
                }
                waiting.removeFirst();
                waitingRows -= work.rows;
                if (!late) {
                    return work;
                }
                expired++;
                Thread caller = work.caller;
                work.state = State.EXPIRED;
                LockSupport.unpark(caller);
            }
        }
        return null;
    }

    private static void requireDone(BatchWork work) {
        if (work.state == State.EXPIRED) {
            throw new MillraceException(
                    ErrorCode.DEADLINE_EXCEEDED,
                    "the deadline passed before scoring began; give the request more time");
        }
        Throwable failure = work.failure;
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            ErrorCode code = failure instanceof MillraceException known ? known.code() : ErrorCode.INTERNAL;
            throw new MillraceException(code, "scoring failed: " + failure.getMessage(), failure);
        }
    }
}
