package dev.millrace.runtime;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Turns requests away while they would wait too long. Thread-safe and lock-free; a decision costs two atomic operations.
 *
 * <p>The signal is queueing delay, not response time: a request is admitted while the expected wait, which is the number
 * waiting × the mean service time ÷ the workers, is below the limit of its {@link Priority}. The mean follows what was
 * measured, so a slower machine or model admits fewer by itself. What could not be done by its deadline is not admitted,
 * and what waited until then is dropped when it leaves the queue, since nobody needs its answer any more. A hard bound
 * on the number of waiting requests holds whatever the estimate says.
 */
public final class AdmissionControl {
    /**
     * Weights of one observation in the moving mean of the service time, 1/8 above it and 1/32 below: when requests become
     * dearer, fewer must be admitted at once, while more may be admitted later.
     */
    private static final int RISE_SHIFT = 3;

    private static final int FALL_SHIFT = 5;

    private final AdmissionConfig config;
    private final Clock clock;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong meanServiceNanos;
    private final LongAdder rejected = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    public AdmissionControl(AdmissionConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.meanServiceNanos = new AtomicLong(config.expectedService().toNanos());
    }

    public Admission tryAcquire(Priority priority, Deadline deadline) {
        int ahead = waiting.getAndIncrement();
        long wait = expectedWaitNanos(ahead);
        double share = priority.share();
        if (ahead >= config.maxWaiting() * share
                || wait > config.maxWait().toNanos() * share
                || isTooLate(wait, deadline)) {
            waiting.decrementAndGet();
            rejected.increment();
            return new Admission.Rejection(retryAfterMillis(wait));
        }
        return new Admission.Permit(this, deadline);
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
        boolean worthDoing = !deadline.isExpired();
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

    /** Where nobody waits, any request that is still in time is tried: the mean learns only from what was done. */
    private boolean isTooLate(long wait, Deadline deadline) {
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
