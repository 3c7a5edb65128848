package dev.millrace.runtime;

import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves only when told to; the testkit, which has the public one, depends on this module. */
final class FakeClock implements Clock {
    private final AtomicLong nanos = new AtomicLong();

    void advanceMillis(long millis) {
        nanos.addAndGet(millis * 1_000_000);
    }

    @Override
    public long millis() {
        return nanos.get() / 1_000_000;
    }

    @Override
    public long nanos() {
        return nanos.get();
    }
}
