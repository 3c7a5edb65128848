package dev.millrace.server.ingest;

import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReference;

/**
 * From an event's arrival to its being applied, sampled: one event is followed at a time. Thread-safe.
 *
 * <p>The sample is set after the event is on disk, by when it may have been applied already; then the time of setting
 * counts, which is an upper bound.
 */
public final class Freshness {
    private static final long LONGEST_MICROS = 60_000_000;

    private final AppliedOffsets applied;
    private final AtomicReference<@Nullable Sample> followed = new AtomicReference<>();
    private final Recorder micros = new Recorder(LONGEST_MICROS, 2);

    private record Sample(long offset, long arrivedNanos) {}

    public Freshness(AppliedOffsets applied) {
        this.applied = applied;
    }

    /** The times since the last reading of it, in microseconds. */
    public Recorder micros() {
        return micros;
    }

    void stored(long offset, long arrivedNanos) {
        Sample sample = new Sample(offset, arrivedNanos);
        if (followed.compareAndSet(null, sample)) {
            check();
        }
    }

    /** Called by the ingest agent after each advance. */
    void check() {
        Sample sample = followed.get();
        if (sample != null && applied.applied() > sample.offset() && followed.compareAndSet(sample, null)) {
            micros.recordValue(Math.min(LONGEST_MICROS, (System.nanoTime() - sample.arrivedNanos()) / 1000));
        }
    }
}
