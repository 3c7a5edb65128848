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
 * waits and no thread changes. Otherwise it queues. Who ends such a run while calls wait hands the permit to a thread of
 * {@link BatchThreads}, which runs batch after batch until the queue is empty, each of as many calls as the
 * {@link BatchLimit} allows; so batches are as large as the queue that has built up, there is no window and no timer, and a
 * burst costs one change of threads, not one a batch.
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
            if (admit(work)) {
                runAlone(work);
            } else {
                awaitEnd(work);
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

    /** @return whether the call has a permit; otherwise it waits, or is late */
    private boolean admit(BatchWork work) {
        lock.lock();
        try {
            if (closed) {
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE, "this model was closed; ask for the live model again");
            }
            if (work.deadline.isExpired()) {
                expired++;
                work.state = State.EXPIRED;
                return false;
            }
            if (running < config.cores()) { // then nobody waits: permits are handed on, never laid down
                running++;
                return true;
            }
            enqueue(work);
            return false;
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

    private void awaitEnd(BatchWork work) {
        boolean interrupted = false;
        try {
            for (State state = work.state; state == State.WAITING || state == State.RIDING; state = work.state) {
                long left = state == State.WAITING ? work.deadline.remainingNanos() : Long.MAX_VALUE;
                if (left <= 0) {
                    expireWaiting(work);
                } else {
                    LockSupport.parkNanos(this, left);
                    interrupted |= Thread.interrupted(); // the buffers are in use: leaving now is not possible
                }
            }
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

    /** Runs a call on its own thread, then hands its permit to a thread that serves whoever waits. */
    private void runAlone(BatchWork work) {
        long began = clock.nanos();
        Throwable failure = failureOf(work.alone, work.rows);
        boolean others;
        lock.lock();
        try {
            count(1, work.rows, clock.nanos() - began);
            end(work, failure);
            others = waitingRows > 0;
            if (!others) {
                layDown();
            }
        } finally {
            lock.unlock();
        }
        if (others) {
            BatchThreads.run(new Service());
        }
    }

    private @Nullable Throwable failureOf(List<BatchWork> batch, int batchRows) {
        try {
            runner.run(batch, batchRows);
            return null;
        } catch (RuntimeException | Error e) { // each call of the batch must hear of it
            return e;
        }
    }

    private void count(int batchCalls, int batchRows, long nanos) {
        batches++;
        calls += batchCalls;
        rows += batchRows;
        limit.observe(batchRows, nanos, waitingRows > 0);
    }

    private static void end(BatchWork work, @Nullable Throwable failure) {
        work.failure = failure;
        work.state = failure == null ? State.DONE : State.FAILED;
    }

    private void layDown() {
        running--;
        drained.signalAll();
    }

    /** Holds a permit, and runs batches until nobody waits. Owned by one thread. */
    private final class Service implements Runnable {
        private final List<BatchWork> batch = new ArrayList<>();
        private final List<Thread> callers = new ArrayList<>();
        private int batchRows;

        @Override
        public void run() {
            while (gather()) {
                long began = clock.nanos();
                Throwable failure = failureOf(batch, batchRows);
                finish(clock.nanos() - began, failure);
            }
        }

        /** @return false where nobody waits; then the permit is laid down */
        private boolean gather() {
            lock.lock();
            try {
                batch.clear();
                batchRows = 0;
                int left = Integer.MAX_VALUE; // the first may be larger than the limit
                for (BatchWork work = pollAlive(left); work != null; work = pollAlive(left)) {
                    batch.add(work);
                    batchRows += work.rows;
                    work.state = State.RIDING;
                    left = limit.rows() - batchRows;
                }
                if (batch.isEmpty()) {
                    layDown();
                }
                return !batch.isEmpty();
            } finally {
                lock.unlock();
            }
        }

        private void finish(long nanos, @Nullable Throwable failure) {
            callers.clear();
            lock.lock();
            try {
                count(batch.size(), batchRows, nanos);
                for (int i = 0; i < batch.size(); i++) {
                    BatchWork work = batch.get(i);
                    callers.add(work.caller()); // before the state: a call that is done may begin anew at once
                    end(work, failure);
                }
            } finally {
                lock.unlock();
            }
            // Outside of the lock, which those who wake up ask for when they come again.
            for (int i = 0; i < callers.size(); i++) {
                LockSupport.unpark(callers.get(i));
            }
        }
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
                Thread caller = work.caller();
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
