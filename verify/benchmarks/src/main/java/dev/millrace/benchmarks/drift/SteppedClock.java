package dev.millrace.benchmarks.drift;

import dev.millrace.runtime.Clock;

/** A clock that stands still until it is set: an hour of audience takes minutes. Owned by one thread. */
final class SteppedClock implements Clock {
    private final long beginMillis;
    private long nanos;

    SteppedClock(long beginMillis) {
        this.beginMillis = beginMillis;
    }

    void set(long nanosFromBegin) {
        nanos = nanosFromBegin;
    }

    @Override
    public long millis() {
        return beginMillis + nanos / 1_000_000;
    }

    @Override
    public long nanos() {
        return nanos;
    }
}
