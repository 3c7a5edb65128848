package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/** Takes rows that readers had to read from disk into the memory of their table. Thread-safe; works under the table's lock. */
final class RowIntake {
    private static final long PATIENCE_NANOS = 50_000;

    private final TieredTable table;
    private final ResidentRows residents;
    private final TierCounters counters;
    private final @Nullable Promoter promoter;
    private final @Nullable PersonalRows personal;
    private final boolean staysOnDisk;
    private final boolean pinned;

    RowIntake(TieredTable table, ResidentRows residents, TierCounters counters, @Nullable Promoter promoter) {
        this.table = table;
        this.promoter = promoter;
        this.residents = residents;
        this.counters = counters;
        this.personal = table.personal();
        this.staysOnDisk = table.spec().placement() == Placement.COLD;
        this.pinned = table.spec().placement().keepsAll();
    }

    /**
     * Offers a row that was read from disk, and decrypted, to memory, which takes it in the background unless the key's entry changes or too
     * many rows wait already. A personal row is taken at once, so that what was decrypted lies in no queue, and then overwritten; for the table's lock
     * the reader then waits no longer than a read takes.
     */
    void promote(long entry, StoredRow row) {
        if (staysOnDisk) {
            forget(row);
        } else if (promoter != null && personal == null) {
            if (!promoter.offer(table, entry, row)) {
                passOver(1);
            }
        } else {
            promoteNow(entry, row);
            forget(row);
        }
    }

    private void forget(StoredRow row) {
        if (personal != null) {
            RawMemory.fill(row.address, row.length, (byte) 0);
        }
    }

    private void promoteNow(long entry, StoredRow row) {
        if (!lockBriefly()) {
            passOver(1);
            return;
        }
        try {
            promoteLocked(entry, row);
        } finally {
            table.lock().unlock();
        }
    }

    /** So many rows that were offered are not taken. */
    void passOver(int rows) {
        counters.passedOver.add(rows);
    }

    /**
     * Takes a row in, unless the key's entry is no longer the one by which it was read: it was replaced, removed or moved since, or is in
     * memory. The caller has the table's lock.
     */
    void promoteLocked(long entry, StoredRow row) {
        long position = table.view().find(row.key);
        MemorySegment memory = RawMemory.all();
        boolean same = table.view().index().entry(position) == entry && residents.canHold(memory, row.address);
        // The person's key may have been dropped since the row was decrypted.
        if (!same || (personal != null && !personal.isCurrent(row))) {
            return;
        }
        // A pinned table's spare slot is for replacing rows.
        long slot = pinned ? residents.takeFreeSlot(row.length) : residents.takeSlot(row.length);
        if (slot >= 0) {
            // Making room has not evicted this row: it is not in memory.
            residents.place(slot, position, row, memory, row.address);
            counters.promoted.increment();
        }
    }

    private boolean lockBriefly() {
        if (table.lock().tryLock()) {
            return true;
        }
        try {
            return table.lock().tryLock(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
