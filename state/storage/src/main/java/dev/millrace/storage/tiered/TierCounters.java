package dev.millrace.storage.tiered;

import java.util.concurrent.atomic.LongAdder;

/** How often each tier answered, and what it took. Thread-safe. */
final class TierCounters {
    final LongAdder resident = new LongAdder();
    final LongAdder fromDisk = new LongAdder();
    final LongAdder absent = new LongAdder();
    final LongAdder erased = new LongAdder();
    final LongAdder degraded = new LongAdder();
    final LongAdder diskBytes = new LongAdder();
    final LongAdder diskReads = new LongAdder();
    final LongAdder diskPages = new LongAdder();
    final LongAdder diskNanos = new LongAdder();
    final LongAdder promoted = new LongAdder();
    final LongAdder passedOver = new LongAdder();
    final LongAdder evicted = new LongAdder();
    final LongAdder retries = new LongAdder();

    /** What they say now. */
    TableStat.Reads reads() {
        return new TableStat.Reads(
                resident.sum(),
                fromDisk.sum(),
                absent.sum(),
                erased.sum(),
                degraded.sum(),
                diskBytes.sum(),
                diskReads.sum(),
                diskPages.sum(),
                diskNanos.sum(),
                promoted.sum(),
                passedOver.sum(),
                evicted.sum());
    }
}
