package dev.millrace.runtime;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Turns requests away while they would wait too long. Thread-safe and lock-free; a decision costs two atomic operations.
 *
 * <p>The signal is queueing delay, not response time: a request is admitted while the expected wait, which is the number
 * waiting × the mean service time ÷ the workers, is below the limit of its {@link Priority}. The mean follows what was
 * measured, so a slower machine or model admits fewer by itself. What could not be done by its deadline is not admitted,
 * and what waited too long to be done by then is dropped when it leaves the queue, since nobody needs its answer any
 * more. A hard bound on the number of waiting requests holds whatever the estimate says.
 *
 * <p>The queue is there for bursts. While most requests are refused anyway, those that come keep the workers busy without
 * it, and it would only make the admitted wait: so the limit shrinks by the share that was refused of late, down to an
 * eighth ({@link RefusedShare}).
 */
public final class AdmissionControl {
    /**
     * Weights of one observation in the moving mean of the service time, 1/8 above it and 1/32 below: when requests become
     * dearer, fewer must be admitted at once, while more may be admitted later.
     */
    private static final int RISE_SHIFT = 3;

    private static final int FALL_SHIFT = 5;

    /** What is left of the permitted wait while nearly all are refused: enough for a worker to find the next one. */
    private static final double LEAST_WAIT = 0.125;

    private final AdmissionConfig config;
    private final Clock clock;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong meanServiceNanos;
    private final Map<Priority, RefusedShare> refused = new EnumMap<>(Priority.class);
    private final LongAdder rejected = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    public AdmissionControl(AdmissionConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.meanServiceNanos = new AtomicLong(config.expectedService().toNanos());
        for (Priority priority : Priority.values()) {
            refused.put(priority, new RefusedShare());
        }
    }

    public Admission tryAcquire(Priority priority, Deadline deadline) {
        Admission.Rejection rejection = rejection(waiting.getAndIncrement(), priority, deadline);
        if (rejection == null) {
            refusedShare(priority).admitted();
            return new Admission.Permit(this, deadline);
        }
        waiting.decrementAndGet();
        return rejection;
    }

    /**
     * What {@link #tryAcquire} would say at this moment, for a door that turns requests away before they cost anything. It takes
     * no place: who passes the door asks for one with {@link #tryAcquire}, and is refused there once more are ahead.
     *
     * @return null for a request that would be admitted; a rejection is counted
     */
    public Admission.@Nullable Rejection tryReject(Priority priority, Deadline deadline) {
        return rejection(waiting.get(), priority, deadline);
    }

    /** Admitted requests that have not begun. */
    public int waiting() {
        return waiting.get();
    }

    /** Requests that have begun and not finished. */
    public int running() {
        return running.get();
    }

    /** Requests turned away since the start. */
    public long rejected() {
        return rejected.sum();
    }

    /** Requests that were admitted and then waited too long to be worth doing. */
    public long dropped() {
        return dropped.sum();
    }

    long nowNanos() {
        return clock.nanos();
    }

    boolean begun(Deadline deadline) {
        waiting.decrementAndGet();
        running.incrementAndGet();
        boolean worthDoing =
                waiting.get() == 0 ? !deadline.isExpired() : deadline.remainingNanos() > meanServiceNanos.get();
        if (!worthDoing) {
            dropped.increment();
        }
        return worthDoing;
    }

    void abandoned() {
        waiting.decrementAndGet();
    }

    /** A lost race on the mean loses one observation of many, so it is not repeated. */
    void finished(long serviceNanos) {
        running.decrementAndGet();
        long mean = meanServiceNanos.get();
        long difference = serviceNanos - mean;
        long step = difference > 0 ? difference >> RISE_SHIFT : difference >> FALL_SHIFT;
        meanServiceNanos.compareAndSet(mean, Math.max(1, mean + step));
    }

    /** Nothing was done, so that there is no service time to learn from. */
    void finishedUnserved() {
        running.decrementAndGet();
    }

    /** The one rule of admission; a rejection is counted. */
    private Admission.@Nullable Rejection rejection(int ahead, Priority priority, Deadline deadline) {
        long wait = expectedWaitNanos(ahead);
        double share = priority.share();
        double limit = config.maxWait().toNanos()
                * share
                * Math.max(LEAST_WAIT, 1 - refusedShare(priority).get());
        boolean full = ahead >= config.maxWaiting() * share || wait > limit;
        if (!full && !isTooLate(ahead, wait, deadline)) {
            return null;
        }
        // What came too late although nobody waits says nothing about the queue, and must not shorten it for others.
        if (full || wait > 0) {
            refusedShare(priority).refused();
        }
        rejected.increment();
        return new Admission.Rejection(retryAfterMillis(wait));
    }

    private RefusedShare refusedShare(Priority priority) {
        return Objects.requireNonNull(refused.get(priority));
    }

    /**
     * Where nobody waits, any request that is still in time is tried: the mean learns only from what was done. Where nothing is
     * done at all, a late one is tried as well: a first request is late since the process is cold, not since it is busy.
     */
    private boolean isTooLate(int ahead, long wait, Deadline deadline) {
        if (ahead == 0 && running.get() == 0) {
            return false;
        }
        return wait == 0 ? deadline.isExpired() : wait + meanServiceNanos.get() > deadline.remainingNanos();
    }

    /** Workers that stand idle take the first of the waiting at once. */
    private long expectedWaitNanos(int ahead) {
        int idle = Math.max(0, config.workers() - running.get());
        return Math.max(0, ahead - idle) * meanServiceNanos.get() / config.workers();
    }

    /** Twice the present wait lets the queue empty before the caller is back; at least a tenth of a second. */
    private static long retryAfterMillis(long waitNanos) {
        return Math.max(100, 2 * waitNanos / 1_000_000);
    }
}
